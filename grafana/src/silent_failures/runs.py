"""Row 3: what runs of an agent are like: the numbers that contracts limit."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import over_range, ten_of
from grafana.src.silent_failures.filters import CHOSEN
from grafana.src.sources import series_with_traces

TITLE = "What runs are like"

_RUNS = over_range("increase", f"llm_agent_steps_count{{{CHOSEN}}}")
_WHICH = "{{agent}} of {{service}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        _p99("Steps of a run", "llm_agent_steps", "Model requests and runs of tools", house.COUNT),
        _p99("Tokens of a run", "llm_trace_tokens", "Input and output tokens", house.COUNT),
        _p99("Cost of a run", "llm_trace_cost_dollars", "US dollars", house.DOLLARS),
    )


def _p99(title: str, metric: str, what: str, unit: str) -> PanelBuilder:
    bucket = f"sum by (service, agent, le) (rate({metric}_bucket{{{CHOSEN}}}[1h]))"
    return house.graph(
        title,
        f"{what} of a run, 99th percentile of the last hour, of the ten busiest agents. Contracts limit it.",
        unit,
        [series_with_traces(ten_of("agent, service", f"histogram_quantile(0.99, {bucket})", _RUNS), _WHICH)],
    )
