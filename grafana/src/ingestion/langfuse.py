"""Row 3: whether what is in Langfuse arrives here."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import series

TITLE = "Is Langfuse read?"
NO_DATA = "no project of Langfuse is read: docs/how-to/connect-langfuse.md says how"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Behind Langfuse",
            "How old what is not read yet of a project may be: a minute as a rule, 25 of its costs. Over half an hour "
            "WatchkeeperLangfuseLagging fires. No line: no project has a key.",
            house.AGE,
            [series("max by (project, signal) (watchkeeper_langfuse_lag_seconds)", "{{project}}: {{signal}}")],
        ).span(12),
        house.graph(
            "Observations of Langfuse",
            "Observations read in 15 minutes by what became of them. Those of the last 20 minutes are read again each "
            "time and are known then; sent_here are those that their application sends here as well.",
            house.COUNT,
            [
                series(
                    "sum by (project, outcome) (increase(watchkeeper_langfuse_observations_total[15m])) > 0",
                    "{{project}}: {{outcome}}",
                )
            ],
        ).span(12),
    )
