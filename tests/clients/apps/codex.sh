# One prompt that ends with a command. None that is refused: `codex exec` fails then without sending what it has.
set -eu
export HOME="$PWD/home" RUST_LOG=error
mkdir -p "$HOME/.codex" work && cd work
cat > "$HOME/.codex/config.toml" <<END
model = "gpt-4o-mini"
model_provider = "fake"
[model_providers.fake]
name = "OpenAI"
base_url = "$OPENAI_BASE_URL"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
[otel]
exporter = { otlp-http = { endpoint = "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/logs", protocol = "binary" } }
trace_exporter = { otlp-http = { endpoint = "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces", protocol = "binary" } }
metrics_exporter = { otlp-http = { endpoint = "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/metrics", protocol = "binary" } }
END

../node_modules/.bin/codex exec --skip-git-repo-check --sandbox danger-full-access "Say hello" < /dev/null
