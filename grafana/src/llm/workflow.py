"""The workflow as a node graph: what had what work, how often, with how many failures and for how long.

The panel wants two tables: one with the fields id, source and target is its edges, the one with an id alone its nodes.
Source: https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/node-graph/#data-api
"""

from grafana.src import house, sources, tables
from grafana.src.llm_overview.filters import OWNED, ratio
from grafana.src.palette import BAD, GOOD
from grafana.src.sources import rows
from grafana_foundation_sdk.builders import nodegraph
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, MatcherConfig
from grafana_foundation_sdk.models.nodegraph import ArcOption

# A graph of more is a ball of wool.
_MOST_EDGES = 100
_ENDS = "edge_source, edge_target"
_TIMES = f"service_edge_status:llm_workflow_edges:increase1h{{{OWNED}}}"
_FAILED = f'service_edge_status:llm_workflow_edges:increase1h{{{OWNED}, status!="ok"}}'
_SECONDS = f"service_edge:llm_workflow_edge_seconds:increase1h{{{OWNED}}}"
_MOST = f"topk({_MOST_EDGES}, sum by ({_ENDS}) ({_TIMES}) > 0)"
# Letters of the queries, and the field of the frame that each of them fills.
_EDGES = {"A": "mainstat", "B": "secondarystat", "C": "detail__seconds"}
_NODES = {"D": "mainstat", "E": "arc__failed", "F": "arc__ok", "G": "secondarystat"}
_ARCS = {"failed": BAD, "ok": GOOD}


def node_graph(title: str, description: str) -> nodegraph.Panel:
    """Draw the edges that were used most in the last hour, and their nodes."""
    panel = nodegraph.Panel().title(title).description(description).no_value(house.NO_DATA).unit(house.COUNT)
    panel = panel.datasource(sources.PROMETHEUS).height(14).span(24)
    for letter, query in zip((*_EDGES, *_NODES), (*_of_edges(), *_of_nodes()), strict=True):
        panel = panel.with_target(tables.with_ref_id(rows(query), letter))
    panel = panel.with_transformation(_merge("".join(_EDGES))).with_transformation(_merge("".join(_NODES)))
    values = {f"Value #{letter}": field for letter, field in (_EDGES | _NODES).items()}
    names: dict[str, object] = {"renameByName": {"edge_source": "source", "edge_target": "target", **values}}
    panel = panel.with_transformation(DataTransformerConfig(id_val="organize", options=names))
    arcs: list[Builder[ArcOption]] = [
        nodegraph.ArcOption().field(f"arc__{name}").color(color) for name, color in _ARCS.items()
    ]
    nodes = nodegraph.NodeOptions().main_stat_unit(house.COUNT).secondary_stat_unit(house.SECONDS).arcs(arcs)
    return panel.nodes(nodes).edges(
        nodegraph.EdgeOptions().main_stat_unit(house.COUNT).secondary_stat_unit(house.RATIO)
    )


def handoffs() -> str:
    """How often one agent handed work to another one, in the last hour."""
    between = 'edge_source=~"agent:.+", edge_target=~"agent:.+"'
    return f"sum by ({_ENDS}) (service_edge_status:llm_workflow_edges:increase1h{{{OWNED}, {between}}}) > 0"


def _of_edges() -> tuple[str, str, str]:
    """Times, share that failed and mean seconds of each edge."""
    times = f"sum by ({_ENDS}) ({_TIMES})"
    failed, seconds = ratio(f"sum by ({_ENDS}) ({_FAILED})", times), f"sum by ({_ENDS}) ({_SECONDS}) / ({times} > 0)"
    drawn = f"and on ({_ENDS}) {_MOST}"
    return _edge(_MOST), _edge(f"({failed}) {drawn}"), _edge(f"({seconds}) {drawn}")


def _edge(expr: str) -> str:
    return f'label_join({expr}, "id", " to ", "edge_source", "edge_target")'


def _of_nodes() -> tuple[str, str, str, str]:
    """Times, share that failed, share that did not and mean seconds of each node at an edge that is drawn."""
    used, served = _by("edge_target", _MOST), _by("edge_source", _MOST)
    times = _by("edge_target", _TIMES)
    failed = ratio(_by("edge_target", _FAILED), times)
    seconds = f"{_by('edge_target', _SECONDS)} / ({times} > 0)"
    of_drawn = (f"({expr}) and on (id) {used}" for expr in (failed, f"1 - {failed}", seconds))
    first, second, third = map(_node, of_drawn)
    return _node(f"({used} or {served})"), first, second, third


def _by(end: str, expr: str) -> str:
    return f'sum by (id) (label_replace({expr}, "id", "$1", "{end}", "(.+)"))'


def _node(expr: str) -> str:
    """The name below a node, and its kind below that."""
    named = f'label_replace({expr}, "title", "$1", "id", "[^:]*:(.*)")'
    return f'label_replace({named}, "subtitle", "$1", "id", "([^:]*):.*")'


def _merge(letters: str) -> DataTransformerConfig:
    """Make one table of the queries with these letters."""
    return DataTransformerConfig(
        id_val="merge", options={}, filter_val=MatcherConfig(id_val="byRefId", options=f"/^[{letters}]$/")
    )
