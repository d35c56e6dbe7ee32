# One prompt that ends with a file. None that is refused: Qwen Code would try again for more than a minute.
set -eu
export HOME="$PWD/home" OPENAI_MODEL=gpt-4o-mini
mkdir -p "$HOME/.qwen" work && cd work
cat > "$HOME/.qwen/settings.json" <<END
{
  "security": {"auth": {"selectedType": "openai"}},
  "general": {"disableAutoUpdate": true},
  "privacy": {"usageStatisticsEnabled": false},
  "telemetry": {"enabled": true, "target": "local", "otlpEndpoint": "$OTEL_EXPORTER_OTLP_ENDPOINT", "otlpProtocol": "http", "logPrompts": false}
}
END

../node_modules/.bin/qwen --approval-mode yolo --prompt "Write hello.txt"
