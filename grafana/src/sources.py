"""Where panels read: data sources, the variables that choose them, and queries on them."""

from collections.abc import Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import dashboard, loki, prometheus
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableHide, VariableOption, VariableRefresh, VariableSort
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

# The uids of grafana/provisioning/datasources; a variable lets people point a dashboard elsewhere.
PROMETHEUS_UID = "watchkeeper-prometheus"
LOKI_UID = "watchkeeper-loki"

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${datasource}")
LOKI = DataSourceRef(type_val="loki", uid="${loki}")

_Variable = TypeVar(
    "_Variable",
    dashboard.CustomVariable,
    dashboard.DatasourceVariable,
    dashboard.QueryVariable,
    dashboard.TextBoxVariable,
)

# The variable of links to runbooks.
RUNBOOKS = "watchkeeper"

# Matches series without the label too, which a list of all values would not.
_ALL = ".*"
# Services of drills (`make drill`) have names that begin so; who follows the link of a drilled alert has chosen one.
_DRILL = "drill-"


def series(expr: str, legend: str) -> prometheus.Dataquery:
    """Ask Prometheus for lines over the time shown."""
    return _promql(expr, legend).range()


def series_with_traces(expr: str, legend: str) -> prometheus.Dataquery:
    """Ask for lines and for exemplars: dots that lead to the log lines of a trace."""
    return series(expr, legend).exemplar(exemplar=True)


def traces(selector: str) -> prometheus.Dataquery:
    """Ask for exemplars alone, beside recorded lines, which have none: no increase is below 0, so no line is drawn.

    The first query of its panel: Grafana may leave out the exemplars of others.
    """
    return series_with_traces(f"sum(increase({selector}[5m] @ end())) < 0", "")


def instant(expr: str, legend: str = "") -> prometheus.Dataquery:
    """Ask Prometheus for one value, at the end of the time shown."""
    return _promql(expr, legend).instant()


def buckets(expr: str) -> prometheus.Dataquery:
    """Ask Prometheus for the buckets of a histogram over the time shown, as a heat map draws them."""
    return series(expr, "{{le}}").format(PromQueryFormat.HEATMAP)


def rows(expr: str) -> prometheus.Dataquery:
    """Ask Prometheus for one table row per series, at the end of the time shown."""
    return instant(expr).format(PromQueryFormat.TABLE)


def lines(expr: str) -> loki.Dataquery:
    """Ask Loki for log lines."""
    return loki.Dataquery().expr(expr).query_type("range").datasource(LOKI)


def line_series(expr: str, legend: str) -> loki.Dataquery:
    """Ask Loki for lines of a graph: counts or sums over log lines."""
    return loki.Dataquery().expr(expr).query_type("range").legend_format(legend).datasource(LOKI)


def line_value(expr: str) -> loki.Dataquery:
    """Ask Loki for one value, or one table row per series, at the end of the time shown."""
    return loki.Dataquery().expr(expr).query_type("instant").datasource(LOKI)


def prometheus_variable() -> dashboard.DatasourceVariable:
    """Let the reader choose a Prometheus; ours is the default."""
    return _source_variable(
        "datasource", "Metrics", "prometheus", VariableOption(text="Prometheus", value=PROMETHEUS_UID)
    )


def loki_variable() -> dashboard.DatasourceVariable:
    """Let the reader choose a Loki; ours is the default."""
    return _source_variable("loki", "Logs", "loki", VariableOption(text="Loki", value=LOKI_UID))


def metric_label_variable(label: str, title: str, metric: str) -> dashboard.QueryVariable:
    """Let the reader choose values that ``label`` takes on ``metric``."""
    query: dict[str, object] = {"query": f"label_values({metric}, {label})", "refId": "StandardVariableQuery"}
    return _without_drills(_choice(label, title)).datasource(PROMETHEUS).query(query)


def single_variable(
    name: str, label: str, title: str, metric: str, order: VariableSort = VariableSort.ALPHABETICAL_ASC
) -> dashboard.QueryVariable:
    """Let the reader choose one value that ``label`` takes on ``metric``; the first of the order at the start."""
    query: dict[str, object] = {"query": f"label_values({metric}, {label})", "refId": "StandardVariableQuery"}
    variable = dashboard.QueryVariable(name).label(title).multi(multi=False).include_all(include_all=False)
    variable = variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(order)
    return _trimmed(variable.datasource(PROMETHEUS).query(query))


def runbooks_variable() -> dashboard.QueryVariable:
    """Where the exporter serves the runbooks, for links: no choice of the reader's."""
    query: dict[str, object] = {"query": "label_values(watchkeeper_url_info, url)", "refId": "StandardVariableQuery"}
    variable = dashboard.QueryVariable(RUNBOOKS).hide(VariableHide.HIDE_VARIABLE).multi(multi=False)
    variable = variable.include_all(include_all=False).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    return _trimmed(variable.sort(VariableSort.ALPHABETICAL_ASC).datasource(PROMETHEUS).query(query))


def text_variable(name: str, title: str, default: str) -> dashboard.TextBoxVariable:
    """Let the reader type a value."""
    variable = dashboard.TextBoxVariable(name).label(title).default_value(default)
    return _trimmed(variable.current(VariableOption(text=default, value=default)))


def words_variable(name: str, title: str, words: Sequence[str]) -> dashboard.CustomVariable:
    """Let the reader choose one of a few words; the first at the start."""
    options = [VariableOption(text=word, value=word, selected=word == words[0]) for word in words]
    variable = dashboard.CustomVariable(name).label(title).values(",".join(words)).options(options)
    variable = variable.current(options[0]).multi(multi=False).include_all(include_all=False)
    return _trimmed(variable.allow_custom_value(allow_custom_value=False))


def log_label_variable(label: str, title: str) -> dashboard.QueryVariable:
    """Let the reader choose values that ``label`` takes on log lines."""
    query: dict[str, object] = {
        "label": label,
        "stream": "",
        "type": 1,
        "refId": "LokiVariableQueryEditor-VariableQuery",
    }
    return _without_drills(_choice(label, title)).datasource(LOKI).query(query)


def all_but(prefix: str) -> str:
    """Return a regular expression of RE2, which cannot look ahead, for all that does not begin with ``prefix``."""
    others = [f"{prefix[:place]}([^{letter}].*)?" for place, letter in enumerate(prefix)]
    return f"({'|'.join(others)})"


def _promql(expr: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expr).datasource(PROMETHEUS).editor_mode(QueryEditorMode.CODE)
    return query.legend_format(legend) if legend else query


def _source_variable(name: str, title: str, kind: str, default: VariableOption) -> dashboard.DatasourceVariable:
    variable = dashboard.DatasourceVariable(name).label(title).type(kind).current(default)
    return _trimmed(variable.include_all(include_all=False).multi(multi=False))


def _choice(name: str, title: str) -> dashboard.QueryVariable:
    variable = (
        dashboard.QueryVariable(name)
        .label(title)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(_ALL)
        .current(VariableOption(text=["All"], value=["$__all"]))
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    return _trimmed(variable)


def _without_drills(variable: dashboard.QueryVariable) -> dashboard.QueryVariable:
    if variable.build().name != "service":
        return variable
    return variable.all_value(all_but(_DRILL)).regex(f"/^(?!{_DRILL}).*/")


def _trimmed(variable: _Variable) -> _Variable:
    """Take away what only interval variables have; Grafana's schema knows it nowhere else."""
    model = variable.build()
    model.auto = model.auto_min = model.auto_count = None
    return variable
