# One prompt that ends with a file, and one that the provider refuses.
set -eu
export HOME="$PWD/home" TMPDIR="$PWD/home" GEMINI_CLI_TRUST_WORKSPACE=true
export GEMINI_API_KEY=of-nobody GOOGLE_GEMINI_BASE_URL="$GEMINI_BASE_URL"
mkdir -p "$HOME/.gemini" work && cd work
cat > "$HOME/.gemini/settings.json" <<END
{
  "security": {"auth": {"selectedType": "gemini-api-key"}},
  "general": {"maxAttempts": 1, "disableAutoUpdate": true},
  "privacy": {"usageStatisticsEnabled": false},
  "telemetry": {"enabled": true, "target": "local", "otlpEndpoint": "$OTEL_EXPORTER_OTLP_ENDPOINT", "otlpProtocol": "http", "logPrompts": false}
}
END

ask() { ../node_modules/.bin/gemini --model gemini-2.5-flash --approval-mode yolo --prompt "$@"; }
ask "Write hello.txt"
ask "This is too fast" || true
