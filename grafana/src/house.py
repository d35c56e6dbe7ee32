"""The house style of panels: a few kinds, each with a unit, a description and explicit missing data.

Missing data is written as such; it is never drawn as zero and never coloured like health.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana.src import bounds, pages, palette, sources
from grafana.src.palette import (
    AGE,
    BYTES,
    COUNT,
    DOLLARS,
    ERRORS_PER_SECOND,
    FAILING,
    LEFT,
    LINES_PER_SECOND,
    PER_SECOND,
    RATIO,
    REQUESTS_PER_SECOND,
    SAMPLES_PER_SECOND,
    SECONDS,
    SEVERITIES,
    TOKENS_PER_SECOND,
    USED,
    ZERO_IS_GOOD,
    Meaning,
    Steps,
)
from grafana.src.tables import (
    NO_DATA,
    Column,
    column_with_links,
    column_with_meanings,
    column_with_thresholds,
    column_with_unit,
    largest_first,
    listing,
    overview,
    ranking,
    with_ref_id,
    with_widths,
    wrapped,
)
from grafana_foundation_sdk.builders import common, dashboard, heatmap, logs, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.loki import Dataquery as LokiQuery
from grafana_foundation_sdk.models.prometheus import Dataquery as PrometheusQuery

__all__ = [
    "AGE",
    "BYTES",
    "COUNT",
    "DOLLARS",
    "ERRORS_PER_SECOND",
    "FAILING",
    "LEFT",
    "LINES_PER_SECOND",
    "NO_DATA",
    "PER_SECOND",
    "RATIO",
    "REQUESTS_PER_SECOND",
    "SAMPLES_PER_SECOND",
    "SECONDS",
    "SEVERITIES",
    "TAG",
    "TOKENS_PER_SECOND",
    "USED",
    "ZERO_IS_GOOD",
    "Column",
    "Meaning",
    "Steps",
    "add_row",
    "column_with_links",
    "column_with_meanings",
    "column_with_thresholds",
    "column_with_unit",
    "largest_first",
    "listing",
    "overview",
    "page",
    "ranking",
    "with_widths",
    "wrapped",
]

MetricQuery = Builder[PrometheusQuery] | Builder[LokiQuery]
Panels = TypeVar("Panels", timeseries.Panel, stat.Panel, table.Panel)
PanelBuilder = Builder[Panel]

TAG, page, add_row = pages.TAG, pages.page, pages.add_row

NO_VALUE = "no data"
# At least so far apart are the points of a graph over buckets or versions of thousands of series: what moves slowly
# needs no more, and of each point all of them are read (bench/dashboards.py).
SLOW = "5m"
# And where what was recorded is read: of a tenth as many series.
STEADY = "2m"
# The same where each point looks back an hour or more.
SLOWEST = "15m"
# A point for two pixels of a graph of a third of the page: each costs Prometheus as much as the first.
POINTS = 240
OLDEST_FIRST = kinds.LogsSortOrder.ASCENDING
# The legend of an alert's threshold.
LIMIT = "threshold"
_LIMIT_STYLE = (
    palette.fixed(palette.BAD),
    DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [10, 10]}),
    DynamicConfigValue(id_val="custom.fillOpacity", value=0),
    DynamicConfigValue(id_val="custom.stacking", value={"mode": "none", "group": "A"}),
)
_REF_IDS = "ABCDEFGH"
_KEPT = {False: "highest", True: "lowest"}


def graph(
    title: str, description: str, unit: str, queries: Sequence[MetricQuery], *, lowest: bool = False
) -> timeseries.Panel:
    """Draw lines over time: of more than eight the highest ones, or the lowest where those are the bad ones."""
    if bounds.keep_few(queries, lowest=lowest):
        description += f" Of more than {bounds.MOST_LINES} lines those with the {_KEPT[lowest]} values are drawn."
    panel = _drawn(title, description, unit, queries)
    # A share of which low is bad is one of a whole: a line at 100 % would have an axis to 200 %.
    return panel.axis_soft_max(1) if lowest and unit == RATIO else panel


def _drawn(title: str, description: str, unit: str, queries: Sequence[MetricQuery]) -> timeseries.Panel:
    """Draw all lines; a gap is a gap."""
    top = palette.LEAST_TOP.get(unit, palette.LEAST_TOP_OF_RATES)
    panel = timeseries.Panel().title(title).description(description).unit(unit).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).axis_soft_min(0).axis_soft_max(top)
    panel = panel.max_data_points(POINTS)
    panel = panel.line_width(1).fill_opacity(0).show_points(kinds.VisibilityMode.AUTO).span_nulls(span_nulls=False)
    panel = panel.color_scheme(_colors(queries))
    panel = panel.legend(_legend()).tooltip(_tooltip())
    panel = panel.override_by_name(LIMIT, [*_LIMIT_STYLE])
    for place, query in enumerate(queries):
        panel = panel.with_target(with_ref_id(query, _REF_IDS[place]))
        color = palette.OF_LEGENDS.get(query.build().legend_format or "")
        panel = panel.override_by_name(query.build().legend_format or "", [palette.fixed(color)]) if color else panel
    for name, color in _colors_of_statuses(queries).items():
        panel = panel.override_by_name(name, [palette.fixed(color)])
    return panel


def stacked_graph(title: str, description: str, unit: str, queries: Sequence[MetricQuery]) -> timeseries.Panel:
    """Draw parts of a whole over time: all of them, or ten and the others as one (filters.ten_and_others)."""
    stacking = common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A")
    return _drawn(title, description, unit, queries).stacking(stacking).fill_opacity(40)


def with_table_legend(panel: timeseries.Panel) -> timeseries.Panel:
    """Give a wide graph the last and the highest value of each line at its right."""
    legend = common.VizLegendOptions().show_legend(show_legend=True).placement(kinds.LegendPlacement.RIGHT)
    return panel.legend(legend.display_mode(kinds.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"]))


def number(title: str, description: str, unit: str, query: MetricQuery) -> stat.Panel:
    """Show one value, without colouring it; a count is a whole number, which increase() alone does not give."""
    asked = query.build()
    if unit == COUNT and isinstance(asked, PrometheusQuery):
        asked.expr = f"round({asked.expr})"
    panel = stat.Panel().title(title).description(description).unit(unit).no_value(NO_VALUE)
    panel = panel.datasource(sources.PROMETHEUS).height(4).span(4)
    panel = panel.graph_mode(kinds.BigValueGraphMode.NONE).color_mode(kinds.BigValueColorMode.VALUE)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.thresholds(palette.thresholds((None, palette.NEUTRAL))).with_target(with_ref_id(query, "A"))


def from_lines(panel: Panels) -> Panels:
    """Let a panel read from Loki: its queries are of log lines."""
    return panel.datasource(sources.LOKI)


def number_with_thresholds(
    title: str, description: str, unit: str, query: MetricQuery, *, attention: float, bad: float
) -> stat.Panel:
    """Show one value that is good below ``attention`` and bad from ``bad`` on; no value has no colour of its own."""
    steps = ((None, palette.NEUTRAL), (0, palette.GOOD), (attention, palette.ATTENTION), (bad, palette.BAD))
    return with_thresholds(number(title, description, unit, query), steps)


def wanted_zero(title: str, description: str, unit: str, query: MetricQuery) -> stat.Panel:
    """Show one value that is good at zero and bad above it."""
    return with_thresholds(number(title, description, unit, query), ZERO_IS_GOOD)


def answer(title: str, description: str, query: MetricQuery, meanings: Mapping[int, Meaning]) -> stat.Panel:
    """Show the meaning of a value in a word or two; a good one has no colour, so that a bad one is noticed."""
    results = {
        str(value): ValueMappingResult(text=meaning.text, color=meaning.color, index=place)
        for place, (value, meaning) in enumerate(meanings.items())
    }
    panel = number(title, description, COUNT, query)
    return panel.color_mode(kinds.BigValueColorMode.BACKGROUND).mappings([ValueMap(options=results)])


def with_thresholds(panel: stat.Panel, steps: Steps) -> stat.Panel:
    """Colour a value by where it lies."""
    return panel.thresholds(palette.thresholds(*steps))


def heat_map(title: str, description: str, unit: str, query: MetricQuery) -> heatmap.Panel:
    """Draw how many values fell into each bucket of a histogram, over time; ``query`` has a series for each bucket."""
    panel = heatmap.Panel().title(title).description(description).unit(unit).no_value(NO_DATA)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).with_target(with_ref_id(query, "A"))
    shades = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64)
    return panel.calculate(calculate=False).y_axis(heatmap.YAxisConfig().unit(unit)).color(shades)


def log_lines(title: str, description: str, query: Builder[LokiQuery]) -> logs.Panel:
    """Show log lines, the newest first, equal ones once; a line opens to all its fields and links."""
    panel = logs.Panel().title(title).description(description).datasource(sources.LOKI).height(10).span(24)
    panel = panel.show_time(show_time=True).wrap_log_message(wrap_log_message=True).no_value(NO_DATA)
    panel = panel.enable_log_details(enable_log_details=True).dedup_strategy(kinds.LogsDedupStrategy.EXACT)
    return panel.sort_order(kinds.LogsSortOrder.DESCENDING).with_target(with_ref_id(query, "A"))


def _colors_of_statuses(queries: Sequence[MetricQuery]) -> Mapping[str, str]:
    """Statuses and results are coloured by what they mean: by turns an error would be green."""
    legends = {query.build().legend_format for query in queries}
    return palette.OF_NAMES if legends & palette.OF_STATUSES else {}


def _colors(queries: Sequence[MetricQuery]) -> dashboard.FieldColor:
    """A model has the same colour on every page; elsewhere names would share colours, so lines get them in turn."""
    is_by_model = any(query.build().legend_format == "{{model}}" for query in queries)
    mode = FieldColorModeId.PALETTE_CLASSIC_BY_NAME if is_by_model else FieldColorModeId.PALETTE_CLASSIC
    return dashboard.FieldColor().mode(mode)


def _legend() -> common.VizLegendOptions:
    """A list, for a panel of a third of the page shows two rows of a table and cuts its last column."""
    legend = common.VizLegendOptions().show_legend(show_legend=True).placement(kinds.LegendPlacement.BOTTOM)
    return legend.display_mode(kinds.LegendDisplayMode.LIST).calcs([])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING)
