"""Row 4: what fires and what changed."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.alerts.now import firing_table
from grafana.src.house import PanelBuilder
from grafana.src.sources import lines

TITLE = "What fires, and what changed?"
NO_DATA = "nothing changed in the time shown: docs/how-to/record-a-deployment.md records deployments"

_CHANGES = """\
{event=~"deployment_recorded|prompt_version_seen|model_seen|prices_changed", service=~"$service|watchkeeper"} \
| json kind="kind", name="name", version="version", label="label", action="action", author="author" \
| line_format `{{.event}} {{.service}} {{.kind}} {{.name}} {{.version}} {{.label}} {{.action}} {{.author}}`"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        firing_table().height(9).span(14),
        house.log_lines(
            "Changes",
            "Deployments, and prompt versions, models and prices seen for the first time, the newest first. "
            "An incident begins with a change more often than not.",
            lines(_CHANGES),
        )
        .height(9)
        .span(10),
    )
