"""Log lines of calls and traces: which to ask for, and what of them to show in one line."""

_CHOSEN = '| team=~"$team" | model=~"$model"'
_STREAM = 'event="llm_call_completed", service=~"$service"'
CALLS = f"{{{_STREAM}}} {_CHOSEN}"
FAILED_CALLS = f'{{{_STREAM}, level="error"}} {_CHOSEN}'
# Empty fields were not reported by the client, and a failed call has neither tokens nor a price.
# What comes without a trace has no id of one.
TRACE = "{{ if .trace_id }} trace={{.trace_id}}{{ end }}"
CALL_LINE = (
    """\
| json input_tokens="input_tokens", output_tokens="output_tokens", cost_usd="cost_usd", \
seconds="duration_seconds", error_type="error_type" \
| line_format `{{.status}} {{.service}} {{.model}} {{.prompt}}\
{{ if .error_type }} {{.error_type}}{{ end }}\
{{ if .input_tokens }} in={{.input_tokens}}{{ end }}{{ if .output_tokens }} out={{.output_tokens}}{{ end }}\
{{ if .cost_usd }} {{ .cost_usd | float64 | printf "%.5f" }} USD{{ end }}\
{{ if .seconds }} {{ .seconds | float64 | printf "%.2f" }} s{{ end }}"""
    + TRACE
    + "`"
)
