"""Tables of the house style: rankings with bars, and rows of series, each with the value in sight."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from grafana.src import palette, sources
from grafana.src.palette import COUNT, Meaning, Steps
from grafana_foundation_sdk.builders import dashboard, table
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue, FieldColorModeId
from grafana_foundation_sdk.models.loki import Dataquery as LokiQuery
from grafana_foundation_sdk.models.prometheus import Dataquery as PrometheusQuery

MetricQuery = Builder[PrometheusQuery] | Builder[LokiQuery]

# Of a graph, a table or log lines, where there is space for words; a single value says less.
NO_DATA = "no data in the time shown: the description (i) says what has to report it"
# Pixels: enough for "1.23 Mil" and the heading's menu; the columns beside share the rest.
_VALUE_WIDTH = 110
# Grafana's 150 would leave two columns of a table on a phone.
_LEAST_WIDTH = 90
_VALUE = "Value"
# What a row lacks: the text of an empty table would fill the cell.
_NOTHING = DynamicConfigValue(id_val="noValue", value="-")


def column_with_thresholds(panel: table.Panel, heading: str, steps: Steps) -> table.Panel:
    """Colour the values of one column by where they lie."""
    colored = DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
    return panel.override_by_name(heading, [colored, palette.thresholds_of_column(steps)])


def ranking(title: str, description: str, unit: str, query: MetricQuery) -> table.Panel:
    """Show the largest values as bars with their names, the largest first."""
    rows = DataTransformerConfig(id_val="reduce", options={"mode": "seriesToRows", "reducers": ["lastNotNull"]})
    names: dict[str, object] = {"renameByName": {"Field": "name", "Last *": "value"}}
    panel = (
        table.Panel().title(title).description(description).unit(unit).no_value(NO_DATA).min(0).min_width(_LEAST_WIDTH)
    )
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).with_target(with_ref_id(query, "A"))
    panel = panel.with_transformation(rows).with_transformation(DataTransformerConfig(id_val="organize", options=names))
    panel = panel.with_transformation(_largest_first("value")).thresholds(palette.thresholds((None, palette.NEUTRAL)))
    panel = panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color("blue"))
    bar = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    return panel.override_by_name("value", [DynamicConfigValue(id_val="custom.cellOptions", value=bar)])


def listing(title: str, description: str, query: MetricQuery, columns: Mapping[str, str]) -> table.Panel:
    """Show series as rows; ``columns`` maps the fields to show to their headings, the value being "Value"."""
    names = dict(columns)
    if _VALUE in names:
        # Grafana's name of it in a table of Loki.
        names[f"{_VALUE} #A"] = names[_VALUE]
    places = {heading: place for place, heading in enumerate(columns.values())}
    keep = DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(names)}})
    order: dict[str, object] = {
        "indexByName": {name: places[heading] for name, heading in names.items()},
        "renameByName": names,
    }
    arrange = DataTransformerConfig(id_val="organize", options=order)
    panel = table.Panel().title(title).description(description).unit(COUNT).no_value(NO_DATA).min_width(_LEAST_WIDTH)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(8).with_target(with_ref_id(query, "A"))
    panel = panel.with_transformation(keep).with_transformation(arrange)
    for name, heading in columns.items():
        panel = panel.override_by_name(heading, [_width(_VALUE_WIDTH)] if name == _VALUE else [_NOTHING])
    return panel


def with_widths(panel: table.Panel, widths: Mapping[str, int]) -> table.Panel:
    """Set the pixels of columns, by heading; the others share what is left."""
    for heading, pixels in widths.items():
        panel = panel.override_by_name(heading, [_width(pixels)])
    return panel


def wrapped(panel: table.Panel, widths: Mapping[str, int], heading: str) -> table.Panel:
    """Give a column of sentences what the others leave, and as many lines as it needs."""
    # Grafana 13 has it beside the kind of cell, where it was before.
    lines = DynamicConfigValue(id_val="custom.wrapText", value=True)
    return with_widths(panel, widths).override_by_name(heading, [lines])


def largest_first(panel: table.Panel, heading: str) -> table.Panel:
    """Sort rows by one column, where the query cannot: Loki's topk picks the largest in no order."""
    return panel.with_transformation(_largest_first(heading))


def column_with_unit(panel: table.Panel, heading: str, unit: str) -> table.Panel:
    """Give one column a unit of its own."""
    return panel.override_by_name(heading, [DynamicConfigValue(id_val="unit", value=unit)])


def column_with_meanings(panel: table.Panel, heading: str, meanings: Mapping[str, Meaning]) -> table.Panel:
    """Write and colour the values of one column by what they mean."""
    results = {
        value: {"text": meaning.text, "color": meaning.color, "index": place}
        for place, (value, meaning) in enumerate(meanings.items())
    }
    mappings = DynamicConfigValue(id_val="mappings", value=[{"type": "value", "options": results}])
    colored = DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
    # Grafana gives values without a meaning the colour of the first step, which is green by itself.
    plain = palette.thresholds_of_column(((None, palette.NEUTRAL),))
    return panel.override_by_name(heading, [mappings, colored, plain])


def column_with_links(panel: table.Panel, heading: str, links: Sequence[dashboard.DashboardLink]) -> table.Panel:
    """Let the cells of one column lead on."""
    options = [{"title": link.build().title, "url": link.build().url} for link in links]
    return panel.override_by_name(heading, [DynamicConfigValue(id_val="links", value=options)])


class Column(NamedTuple):
    """A column of a table of many queries."""

    heading: str
    unit: str
    query: MetricQuery
    steps: Steps = ()


def overview(title: str, description: str, labels: Mapping[str, str], columns: Sequence[Column]) -> table.Panel:
    """Show a row for each combination of ``labels`` (label to heading), and a query a column: the first one sorts."""
    panel = table.Panel().title(title).description(description).unit(COUNT).no_value(NO_DATA).min_width(_LEAST_WIDTH)
    panel = panel.datasource(sources.PROMETHEUS).height(8).span(24)
    headings = dict(labels)
    for letter, column in zip("ABCDEFGH", columns, strict=False):
        panel = panel.with_target(with_ref_id(column.query, letter))
        headings[f"Value #{letter}"] = column.heading
        panel = column_with_unit(panel, column.heading, column.unit)
        panel = panel.override_by_name(column.heading, [_NOTHING])
        if column.steps:
            panel = column_with_thresholds(panel, column.heading, column.steps)
    for heading in labels.values():
        panel = panel.override_by_name(heading, [_NOTHING])
    order: dict[str, object] = {
        "indexByName": {name: place for place, name in enumerate(headings)},
        "renameByName": headings,
    }
    keep = DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(headings)}})
    merged = panel.with_transformation(DataTransformerConfig(id_val="merge", options={})).with_transformation(keep)
    arranged = merged.with_transformation(DataTransformerConfig(id_val="organize", options=order))
    return arranged.with_transformation(_largest_first(columns[0].heading))


def with_ref_id(query: MetricQuery, ref_id: str) -> MetricQuery:
    """Give a query its letter in the panel."""
    query.build().ref_id = ref_id
    return query


def _largest_first(heading: str) -> DataTransformerConfig:
    return DataTransformerConfig(id_val="sortBy", options={"sort": [{"field": heading, "desc": True}]})


def _width(pixels: int) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="custom.width", value=pixels)
