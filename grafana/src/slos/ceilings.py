"""Row 4: who is over a ceiling, and how often that happens."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import rows, series

TITLE = "Ceilings"
NO_DATA = "no ceiling reached, or none in watchkeeper.yml: docs/how-to/set-a-ceiling.md shows how to add one"

_OF = 'service=~"$service", team=~"$team"'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.listing(
            "Over a ceiling now",
            "Runs, sessions, agents and users that have reached a ceiling and were heard of in the last five minutes. "
            "Passed: calls went on after it, so nothing stops it. LLMCeilingReached fires.",
            rows(f"sort_desc(sum by (service, ceiling, limit, state) (llm_ceiling_over_entries{{{_OF}}}))"),
            {"ceiling": "ceiling", "Value": "now", "limit": "limit", "state": "state", "service": "service"},
        )
        .no_value("no one is over a ceiling")
        .span(12),
        house.graph(
            "Ceilings reached per hour",
            "How often runs, sessions, agents and users reached a ceiling, once for each limit of it.",
            house.COUNT,
            [
                series(
                    f"sum by (service, ceiling, limit) (increase(llm_ceilings_reached_total{{{_OF}}}[1h]))",
                    "{{service}} {{ceiling}} {{limit}}",
                )
            ],
        ).span(12),
    )
