# One prompt that ends with a file and a commit, and one that the provider refuses.
set -eu
export HOME="$PWD/home" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 CLAUDE_CODE_MAX_RETRIES=0
export CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp
export CLAUDE_CODE_ENHANCED_TELEMETRY_BETA=1 OTEL_TRACES_EXPORTER=otlp
mkdir -p "$HOME" work && cd work

ask() { node ../node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs --model claude-sonnet-4-5 --print "$@"; }
ask "Write hello.txt and commit" --allowedTools Write Bash
ask "This is too fast" || true
