"""The house style of panels: six kinds, each with a unit, a description and explicit missing data.

Missing data is written as "no data"; it is never drawn as zero and never coloured like health.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from grafana.src import sources
from grafana_foundation_sdk.builders import bargauge, common, dashboard, logs, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.loki import Dataquery as LokiQuery
from grafana_foundation_sdk.models.prometheus import Dataquery as PrometheusQuery

_Query = TypeVar("_Query", Builder[PrometheusQuery], Builder[LokiQuery])
MetricQuery = Builder[PrometheusQuery]
PanelBuilder = Builder[Panel]

# Units, so that dashboards name what they show and not Grafana's ids.
DOLLARS = units.Dollars
PER_SECOND = units.OpsPerSecond
REQUESTS_PER_SECOND = units.RequestsPerSecond
RATIO = units.PercentUnit
SECONDS = units.Seconds
COUNT = units.Short
BYTES = units.BytesIEC

# The tag of all our dashboards, for the links between them.
TAG = "watchkeeper"
NO_DATA = "no data"
# The legend of an alert's threshold.
LIMIT = "threshold"
_LIMIT_STYLE = (
    DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": "red"}),
    DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [10, 10]}),
    DynamicConfigValue(id_val="custom.fillOpacity", value=0),
)
_REF_IDS = "ABCDEFGH"
# Grafana compares by "at least": the smallest value that is not zero to a reader.
_ABOVE_ZERO = 0.001
# Neutral is for values that are neither good nor bad by themselves, and for missing ones: Grafana gives
# a missing value the colour of the first step, so the first step must never be green.
_NEUTRAL, _GOOD, _ATTENTION, _BAD = "text", "green", "yellow", "red"
Steps = tuple[tuple[float | None, str], ...]
# Shares of something that is used up, and of what is left of it.
USED: Steps = ((None, _NEUTRAL), (-1e9, _GOOD), (0.8, _ATTENTION), (1, _BAD))
LEFT: Steps = ((None, _NEUTRAL), (-1e9, _BAD), (_ABOVE_ZERO, _ATTENTION), (0.25, _GOOD))
_NO_COLOR = "transparent"


class Meaning(NamedTuple):
    """Text and colour of a value."""

    text: str
    color: str = _NO_COLOR

    @classmethod
    def bad(cls, text: str) -> "Meaning":
        """Something is broken."""
        return cls(text, _BAD)

    @classmethod
    def doubtful(cls, text: str) -> "Meaning":
        """Something should be looked at."""
        return cls(text, _ATTENTION)


def graph(title: str, description: str, unit: str, queries: Sequence[MetricQuery]) -> timeseries.Panel:
    """Draw lines over time; a gap is a gap."""
    panel = timeseries.Panel().title(title).description(description).unit(unit).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).axis_soft_min(0)
    panel = panel.line_width(1).fill_opacity(8).show_points(kinds.VisibilityMode.AUTO).span_nulls(span_nulls=False)
    panel = panel.legend(_legend()).tooltip(_tooltip())
    panel = panel.override_by_name(LIMIT, [*_LIMIT_STYLE])
    for place, query in enumerate(queries):
        panel = panel.with_target(_with_ref_id(query, _REF_IDS[place]))
    return panel


def stacked_graph(title: str, description: str, unit: str, queries: Sequence[MetricQuery]) -> timeseries.Panel:
    """Draw parts of a whole over time."""
    stacking = common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A")
    return graph(title, description, unit, queries).stacking(stacking).fill_opacity(40)


def number(title: str, description: str, unit: str, query: MetricQuery) -> stat.Panel:
    """Show one value, without colouring it."""
    panel = stat.Panel().title(title).description(description).unit(unit).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(4).span(4)
    panel = panel.graph_mode(kinds.BigValueGraphMode.NONE).color_mode(kinds.BigValueColorMode.VALUE)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.thresholds(_steps((None, _NEUTRAL))).with_target(_with_ref_id(query, "A"))


def number_with_thresholds(
    title: str, description: str, unit: str, query: MetricQuery, *, attention: float, bad: float
) -> stat.Panel:
    """Show one value that is good below ``attention`` and bad from ``bad`` on; no value has no colour of its own."""
    return number(title, description, unit, query).thresholds(
        _steps((None, _NEUTRAL), (0, _GOOD), (attention, _ATTENTION), (bad, _BAD))
    )


def wanted_zero(title: str, description: str, unit: str, query: MetricQuery) -> stat.Panel:
    """Show one value that is good at zero and bad above it."""
    return number(title, description, unit, query).thresholds(_steps((None, _NEUTRAL), (0, _GOOD), (_ABOVE_ZERO, _BAD)))


def answer(title: str, description: str, query: MetricQuery, meanings: Mapping[int, Meaning]) -> stat.Panel:
    """Show the meaning of a value across the page; a good one has no colour, so that a bad one is noticed."""
    results = {
        str(value): ValueMappingResult(text=meaning.text, color=meaning.color, index=place)
        for place, (value, meaning) in enumerate(meanings.items())
    }
    panel = number(title, description, COUNT, query).height(3).span(24)
    return panel.color_mode(kinds.BigValueColorMode.BACKGROUND).mappings([ValueMap(options=results)])


def with_thresholds(panel: stat.Panel, steps: Steps) -> stat.Panel:
    """Colour a value by where it lies."""
    return panel.thresholds(_steps(*steps))


def column_with_thresholds(panel: table.Panel, heading: str, steps: Steps) -> table.Panel:
    """Colour the values of one column by where they lie."""
    thresholds = {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
    colored = DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
    return panel.override_by_name(heading, [colored, DynamicConfigValue(id_val="thresholds", value=thresholds)])


def ranking(title: str, description: str, unit: str, query: MetricQuery) -> bargauge.Panel:
    """Show the largest values as bars, the largest first."""
    panel = bargauge.Panel().title(title).description(description).unit(unit).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).min(0)
    panel = panel.orientation(kinds.VizOrientation.HORIZONTAL).display_mode(kinds.BarGaugeDisplayMode.BASIC)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    palette = dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)
    return panel.color_scheme(palette).thresholds(_steps((None, _NEUTRAL))).with_target(_with_ref_id(query, "A"))


def listing(title: str, description: str, query: MetricQuery, columns: Mapping[str, str]) -> table.Panel:
    """Show series as rows; ``columns`` maps the fields to show to their headings, the value being "Value"."""
    keep = DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
    order: dict[str, object] = {
        "indexByName": {name: place for place, name in enumerate(columns)},
        "renameByName": dict(columns),
    }
    arrange = DataTransformerConfig(id_val="organize", options=order)
    panel = table.Panel().title(title).description(description).unit(COUNT).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).with_target(_with_ref_id(query, "A"))
    return panel.with_transformation(keep).with_transformation(arrange)


def log_lines(title: str, description: str, query: Builder[LokiQuery]) -> logs.Panel:
    """Show log lines, the newest first; a line opens to all its fields and links."""
    panel = logs.Panel().title(title).description(description).datasource(sources.LOKI).height(10).span(24)
    panel = panel.show_time(show_time=True).wrap_log_message(wrap_log_message=True)
    panel = panel.enable_log_details(enable_log_details=True)
    return panel.sort_order(kinds.LogsSortOrder.DESCENDING).with_target(_with_ref_id(query, "A"))


def page(uid: str, title: str, description: str) -> dashboard.Dashboard:
    """Start a dashboard that only its source can change."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_to_the_others())
    )


def add_row(page: dashboard.Dashboard, place: int, title: str, panels: Sequence[PanelBuilder]) -> None:
    """Add an open row; ids follow from its ``place``, so that links to panels survive a change elsewhere."""
    first_id = place * 100
    page.with_row(dashboard.Row(title).id(first_id))
    for offset, panel in enumerate(panels, start=1):
        panel.build().id_val = first_id + offset
        page.with_panel(panel)


def _to_the_others() -> dashboard.DashboardLink:
    """At the top of the page, links to all our dashboards, for the same time."""
    link = dashboard.DashboardLink("Watchkeeper").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.keep_time(keep_time=True).as_dropdown(as_dropdown=False)


def _with_ref_id(query: _Query, ref_id: str) -> _Query:
    query.build().ref_id = ref_id
    return query


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(show_legend=True).placement(kinds.LegendPlacement.BOTTOM)
    return legend.display_mode(kinds.LegendDisplayMode.TABLE).calcs(["mean", "max", "lastNotNull"])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING)


def _steps(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    parts = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(parts)
