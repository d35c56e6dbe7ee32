"""Row 7: single calls, each with its trace id."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import lines

TITLE = "Single calls"

_CALLS = '{event="llm_call_completed", service=~"$service", env=~"$env"}'
_FAILURES = '{event="llm_call_completed", level="error", service=~"$service", env=~"$env"}'
_CHOSEN = "| team=~`$team` | model=~`$model`"
_SHORT = """\
| json input_tokens="input_tokens", output_tokens="output_tokens", cost_usd="cost_usd", \
seconds="duration_seconds", error_class="error_class" \
| line_format `{{.status}} {{.service}} {{.model}} {{.prompt}} \
in={{.input_tokens}} out={{.output_tokens}} \
{{ if .cost_usd }}{{.cost_usd}} USD{{ else }}no price{{ end }} \
{{ if .seconds }}{{ .seconds | float64 | printf "%.2f" }} s{{ end }} {{.error_class}} trace={{.trace_id}}`"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.log_lines(
            "Latest failed calls",
            "Failed calls, the newest first. Open a line for its fields; Trace leads to all lines of its trace.",
            lines(f"{_FAILURES} {_CHOSEN} {_SHORT}"),
        ).span(12),
        house.log_lines(
            "Latest calls",
            "Calls, the newest first; empty fields were not reported by the client. "
            "Open a line for its fields; Trace leads to all lines of its trace.",
            lines(f"{_CALLS} {_CHOSEN} {_SHORT}"),
        ).span(12),
    )
