"""Every dashboard is what the schema of the pinned Grafana allows, down to overrides and transformations."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.grafana_schema import problems
from tests.support.panels import load_dashboards

ALL_DASHBOARDS = load_dashboards()
Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_a_dashboard_is_of_the_schema(uid: str) -> None:
    """Grafana leaves out what it does not know, without a word."""
    assert not [*problems(ALL_DASHBOARDS[uid])]


def panel_of(page: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first panel of a type."""
    panel: dict[str, Any] = next(panel for panel in page["panels"] if panel["type"] == kind)
    return panel


def override(page: dict[str, Any], kind: str, name: str, value: object) -> None:
    """Give the first panel of a type an override of one property."""
    properties = [{"id": name, "value": value}]
    panel_of(page, kind)["fieldConfig"]["overrides"] = [
        {"matcher": {"id": "byName", "options": "a"}, "properties": properties}
    ]


WRONG: dict[str, Change] = {
    "/panels/1/titel is not in the schema": lambda page: page["panels"][1].update(titel="a"),
    "/panels/1/title is 3": lambda page: page["panels"][1].update(title=3),
    "/panels/1/grid_pos/h is 'high'": lambda page: page["panels"][1]["gridPos"].update(h="high"),
    "/panels/1/options/color_mode is 'loud'": lambda page: page["panels"][1]["options"].update(colorMode="loud"),
    "/options/textSize is not": lambda page: page["panels"][1]["options"].update(textSize=3),
    "has the unit 'ponies'": lambda page: page["panels"][1]["fieldConfig"]["defaults"].update(unit="ponies"),
    "/graph_tooltip is 7": lambda page: page.update(graphTooltip=7),
    "custom.lineStyle": lambda page: override(page, "timeseries", "custom.lineStyle", {"fill": "dots"}),
    "custom.lineColour is no property": lambda page: override(page, "timeseries", "custom.lineColour", "red"),
    "custom.wrapText is": lambda page: override(page, "table", "custom.wrapText", "yes"),
    "custom.width": lambda page: override(page, "table", "custom.width", "wide"),
    "unit is": lambda page: override(page, "table", "unit", 5),
    "'ms '": lambda page: override(page, "table", "unit", "ms "),
    "sortDesc": lambda page: panel_of(page, "table").update(transformations=[{"id": "sortDesc", "options": {}}]),
    "sorted": lambda page: panel_of(page, "table").update(transformations=[{"id": "sortBy", "options": {"sorted": 1}}]),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_not_of_the_schema_is_found(message: str) -> None:
    """At any depth, and in what the schema itself leaves open."""
    page = copy.deepcopy(ALL_DASHBOARDS["llm-overview"])
    WRONG[message](page)

    assert any(message in problem for problem in problems(page)), [*problems(page)]
