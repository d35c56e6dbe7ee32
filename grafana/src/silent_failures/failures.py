"""Row 1: what goes wrong, where, and how often."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.silent_failures.filters import CHOSEN
from grafana.src.sources import instant, lines, series

TITLE = "What goes wrong although nothing fails"

_FAILURES = f"service_agent_type_tool:llm_silent_failures:increase1h{{{CHOSEN}}}"
_RUNS = f"service_agent:llm_traces:increase1h{{{CHOSEN}}}"
_LINE = """\
| json type="type", contract="contract", rule="rule", expected="expected", observed="observed", tool="tool" \
| line_format `{{.type}} {{.service}} {{.agent}}\
{{ if .contract }} contract={{.contract}} rule={{.rule}}{{ end }}{{ if .tool }} tool={{.tool}}{{ end }}\
{{ if .expected }} expected: {{.expected}}{{ end }}{{ if .observed }} observed: {{.observed}}{{ end }} \
trace={{.trace_id}}`"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_graphs(), _lines())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        _count(
            "Tools skipped", "Runs of the last hour without a tool that a contract expects, by tool.", "tool_skipped"
        ),
        _count("Loops", "Runs of the last hour that repeated the same tool calls.", "loop"),
        _count("Gibberish", "Answers of the last hour that repeat themselves. They need privacy.inspect.", "gibberish"),
        house.number(
            "Runs",
            "Runs of the last hour: traces that were evaluated.",
            house.COUNT,
            instant(f"sum({_RUNS})"),
        ).span(6),
    )


def _count(title: str, description: str, kind: str) -> PanelBuilder:
    """Runs, none of which has the failure, are 0; without runs there is nothing to say."""
    failures = f'sum(service_agent_type_tool:llm_silent_failures:increase1h{{{CHOSEN}, type="{kind}"}})'
    return house.wanted_zero(
        title, f"{description} 0 is good.", house.COUNT, instant(f"{failures} or 0 * sum({_RUNS})")
    ).span(6)


def _graphs() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Silent failures by type",
            "Over the last hour. 0 is good; no line means none of this type.",
            house.COUNT,
            [series(f"sum by (type) ({_FAILURES})", "{{type}}")],
        ),
        house.ranking(
            "Where is most of it?",
            "Silent failures of the last hour by agent, type and tool; the top ten.",
            house.COUNT,
            instant(
                f"topk(10, round(sum by (service, agent, type, tool) ({_FAILURES})) > 0)",
                "{{agent}} of {{service}}: {{type}} {{tool}}",
            ),
        ).span(16),
        house.graph(
            "Share of an agent's runs without an expected tool",
            "Over the last hour, by agent and tool. Above the dashed line LLMToolSkipped fires.",
            house.RATIO,
            [
                series(_share("tool_skipped"), "{{agent}} of {{service}}: {{tool}}"),
                limit_beside(_threshold("LLMToolSkipped"), _share("tool_skipped")),
            ],
        )
        .no_value("no run lacked a tool in the time shown, or no contract expects one")
        .span(12),
        house.graph(
            "Share of an agent's runs that go round in a loop",
            "Over the last hour, by agent and the first tool of the loop. Above the dashed line LLMAgentLoop fires.",
            house.RATIO,
            [
                series(_share("loop"), "{{agent}} of {{service}}: {{tool}}"),
                limit_beside(_threshold("LLMAgentLoop"), _share("loop")),
            ],
        )
        .no_value("no run went round in a loop in the time shown, or there was none")
        .span(12),
    )


def _lines() -> PanelBuilder:
    return house.log_lines(
        "Each of them",
        "What was expected and what happened; a line opens to its trace.",
        lines(f'{{event="silent_failure_detected", service=~"$service"}} {_LINE}'),
    )


def _share(kind: str) -> str:
    failures = f'sum without (type) (service_agent_type_tool:llm_silent_failures:increase1h{{{CHOSEN}, type="{kind}"}})'
    return f"{failures} / on (service, team, agent) group_left () ({_RUNS} > 0)"


def _threshold(alert: str) -> str:
    return f'max(llm_alert_threshold{{alert="{alert}", service=~"$service"}})'
