"""The page "Prompt version comparison": two versions of a prompt side by side, and how B differs from A."""

from collections.abc import Callable, Sequence

from grafana.src import changes, house, links, palette, sources
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame, side_by_side
from grafana.src.sources import instant, rows, series
from grafana_foundation_sdk.builders import dashboard, stat, timeseries
from grafana_foundation_sdk.models.dashboard import VariableSort

UID = links.COMPARISON
FOLDER = frame.FOLDER
QUESTION = "Is version B of a prompt better than version A: faster, cheaper, with fewer errors and better answers?"

_OWNED = 'service=~"$service", team=~"$team", prompt="$prompt"'
_A, _B = (f'{_OWNED}, prompt_version="${name}"' for name in ("version_a", "version_b"))
_BOTH = (("A: $version_a", _A), ("B: $version_b", _B))
_NO_VERSIONS = "no calls of these versions in the time shown: choose a prompt and two of its versions at the top"
# More is worse by these parts of A's value; less is better. No difference has no colour: it may be the same version.
_SAME: house.Steps = ((-1e-9, "text"), (1e-9, "green"))
_WORSE: house.Steps = ((None, "text"), (-1e9, "green"), *_SAME, (0.02, palette.ATTENTION), (0.1, "red"))
_BETTER: house.Steps = ((None, "text"), (-1e9, "red"), (-0.1, palette.ATTENTION), (-0.02, "green"), *_SAME)


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Prompt version comparison", QUESTION).time("now-24h", "now")
    for source in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(source)
    page.with_variable(sources.metric_label_variable("service", "Service", "llm_requests_total"))
    page.with_variable(sources.metric_label_variable("team", "Team", 'llm_requests_total{service=~"$service"}'))
    with_prompt = 'llm_requests_total{service=~"$service", prompt!="", prompt_version!=""}'
    page.with_variable(sources.single_variable("prompt", "prompt", "Prompt", with_prompt))
    lowest, highest = VariableSort.NATURAL_ASC, VariableSort.NATURAL_DESC
    for name, title, order in (("version_a", "Version A", lowest), ("version_b", "Version B", highest)):
        of_prompt = 'llm_requests_total{service=~"$service", prompt="$prompt"}'
        page.with_variable(sources.single_variable(name, "prompt_version", title, of_prompt, order))
    for annotation in changes.annotations():
        page.annotation(annotation)
    frame.add_row(page, 1, frame.Row("B against A", _verdict(), _NO_VERSIONS))
    frame.add_row(page, 2, frame.Row("Side by side", _graphs(), _NO_VERSIONS))
    frame.add_row(page, 3, frame.Row(side_by_side.TITLE, side_by_side.panels(), side_by_side.NO_DATA))
    return page


def _sum(metric: str, chosen: str, more: str = "") -> str:
    return f"sum(increase({metric}{{{chosen}{more}}}[$__range]))"


def _calls(chosen: str) -> str:
    return f"({_sum('llm_requests_total', chosen)} > 0)"


def _failed(chosen: str) -> str:
    failed = _sum("llm_requests_total", chosen, ', status!="ok"')
    return f"(({failed} or 0 * {_calls(chosen)}) / {_calls(chosen)})"


def _cost(chosen: str) -> str:
    return f"({_sum('llm_cost_dollars_total', chosen)} / {_calls(chosen)})"


def _tokens(chosen: str) -> str:
    tokens = _sum("llm_tokens_total", chosen, ', type=~"input|output"')
    return f"({tokens} / {_calls(chosen)})"


def _seconds(chosen: str) -> str:
    buckets = f"sum by (le) (increase(llm_request_duration_seconds_bucket{{{chosen}}}[$__range]))"
    return f"(histogram_quantile(0.95, {buckets}) >= 0)"


def _score(chosen: str) -> str:
    return f"({_sum('llm_score_sum', chosen)} / ({_sum('llm_score_count', chosen)} > 0))"


def _verdict() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Error rate",
                "Error rate of B less that of A, in points; below zero B fails less often. Few calls make it chance.",
                house.RATIO,
                instant(f"{_failed(_B)} - {_failed(_A)}"),
            ),
            _WORSE,
        ),
        _against("Latency (p95)", "p95 latency", _seconds(_B), _seconds(_A)),
        _against("Cost per call", "cost per call", _cost(_B), _cost(_A)),
        _against("Tokens", "input and output tokens per call", _tokens(_B), _tokens(_A)),
        house.with_thresholds(
            _against("Score", "average score, of all kinds together,", _score(_B), _score(_A)).no_value("no scores"),
            _BETTER,
        ),
        house.number(
            "Calls of B",
            "Share of B in the calls of both versions in the time shown. Below a hundred calls of each, wait.",
            house.RATIO,
            instant(f"{_calls(_B)} / ({_calls(_A)} + {_calls(_B)})"),
        ),
        house.overview(
            "Both versions",
            "Calls, error rate, p95 latency, cost and tokens per call, and average score, in the time shown.",
            {"version": "version"},
            [
                house.Column("calls", house.COUNT, rows(_either(_calls))),
                house.Column("failed", house.RATIO, rows(_either(_failed)), house.FAILING),
                house.Column("p95", house.SECONDS, rows(_either(_seconds))),
                house.Column("cost per call", house.DOLLARS, rows(_either(_cost))),
                house.Column("tokens per call", house.COUNT, rows(_either(_tokens))),
                house.Column("score", "none", rows(_either(_score))),
            ],
        ).height(5),
    )


def _against(title: str, what: str, of_b: str, of_a: str) -> stat.Panel:
    panel = house.number(
        title,
        f"How much more (or, below zero, less) B's {what} is, as a part of A's. Few calls make it chance.",
        house.RATIO,
        instant(f"{of_b} / ({of_a} > 0) - 1"),
    )
    return house.with_thresholds(panel, _WORSE)


def _either(measure: Callable[[str], str]) -> str:
    """Ask for a measure of both versions, as two rows."""
    versions = (("A", _A), ("B", _B))
    return " or ".join(
        f'label_replace({measure(chosen)}, "version", "{letter}", "", "")' for letter, chosen in versions
    )


_PER_CALL = "(sum(increase(llm_requests_total{{{0}}}[1h])) > 0)"
_P95 = "histogram_quantile(0.95, sum by (le) (rate(llm_request_duration_seconds_bucket{{{0}}}[$__rate_interval]))) >= 0"
_FIRST_TOKEN = _P95.replace("llm_request_duration_seconds", "llm_time_to_first_token_seconds")
_FAILED = f'sum(increase(llm_requests_total{{{{{{0}}, status!="ok"}}}}[1h])) / {_PER_CALL}'
_COST = f"sum(increase(llm_cost_dollars_total{{{{{{0}}}}}}[1h])) / {_PER_CALL}"
_OUTPUT = f'sum(increase(llm_tokens_total{{{{{{0}}, type="output"}}}}[1h])) / {_PER_CALL}'
_SCORES = "sum(increase(llm_score_sum{{{0}}}[6h])) / (sum(increase(llm_score_count{{{0}}}[6h])) > 0)"
_RATINGS = "(sum(increase(llm_feedback_total{{{0}}}[1d])) > 0)"
_NEGATIVE = f'sum(increase(llm_feedback_total{{{{{{0}}, rating="negative"}}}}[1d])) / {_RATINGS}'
_CUT = (
    'sum(increase(llm_finish_reasons_total{{{0}, reason="length"}}[1h])) '
    "/ (sum(increase(llm_finish_reasons_total{{{0}}}[1h])) > 0)"
)


def _graphs() -> Sequence[PanelBuilder]:
    calls = "sum(rate(llm_requests_total{{{0}}}[$__rate_interval]))"
    return (
        _both("Calls", "Model calls per second.", house.REQUESTS_PER_SECOND, calls),
        _both("Latency of A and B (p95)", "p95 latency.", house.SECONDS, _P95),
        _both("First token of A and B (p95)", "p95 time to the first token of streams.", house.SECONDS, _FIRST_TOKEN),
        _both("Failed calls", "Share of the calls of an hour that failed.", house.RATIO, _FAILED),
        _both("Cost of a call", "US dollars per call of an hour.", house.DOLLARS, _COST),
        _both(
            "Output tokens of a call", "Output tokens per call of an hour: longer takes longer.", house.COUNT, _OUTPUT
        ),
        _both("Average score", "Average score of six hours, of all kinds together.", house.COUNT, _SCORES),
        _both("Negative feedback", "Share of negative ratings of a day.", house.RATIO, _NEGATIVE),
        _both("Truncated answers", "Share of an hour's answers cut at the token limit.", house.RATIO, _CUT),
    )


def _both(title: str, description: str, unit: str, query: str) -> timeseries.Panel:
    lines = [series(query.format(chosen), legend) for legend, chosen in _BOTH]
    return house.graph(title, f"{description} Version A and B of the prompt chosen at the top.", unit, lines)
