"""Row 2: golden retrieval queries, and what searches find of what they should."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.canaries.filters import SEARCHES
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import rows, series

TITLE = "Golden retrieval queries"
NO_DATA = "no golden query got an answer in the time shown: searches are in watchkeeper.yml"

_COVERAGE = f"min by (canary, query) (llm_retrieval_golden_coverage_ratio{{{SEARCHES}}})"
_WEEK = f"max by (canary, query) (avg_over_time(llm_retrieval_golden_coverage_ratio{{{SEARCHES}}}[7d]))"

_MEASURES = (("hit rate", "hit_rate"), ("recall", "recall"), ("MRR", "mrr"), ("nDCG", "ndcg"))
_NO_SEARCH = """no search yet, or no answer. Add one to watchkeeper.yml, then make reload:
canaries: {searches: [{name: docs, url: "http://search/find", queries: [{query: refunds, documents: [r-1]}]}]}"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_measures(), *_of_last_run(), *_of_each_query())


def _measures() -> Sequence[PanelBuilder]:
    return (
        _measure(
            "Hit rate",
            "hit_rate",
            "Share of queries with a right document among the first k. Below the dashed line "
            "LLMRetrievalGoldenFailing fires.",
            'max(llm_alert_threshold{alert="LLMRetrievalGoldenFailing"})',
        ),
        _measure("Recall", "recall", "Share of the right documents of a query among the first k, on average."),
        _measure("Mean reciprocal rank", "mrr", "One over the place of the first right document, on average."),
        _measure("nDCG", "ndcg", "Gain of the first k, discounted by place, over the best that is possible."),
    )


def _of_last_run() -> Sequence[PanelBuilder]:
    counted = f"max by (canary, difficulty) (llm_retrieval_golden_queries{{{SEARCHES}}})"
    columns = (
        house.Column("queries", house.COUNT, rows(counted)),
        *(house.Column(heading, house.RATIO, rows(_by_difficulty(measure))) for heading, measure in _MEASURES),
    )
    table = house.overview(
        "By difficulty",
        "Every measure at the last run, by difficulty and for all queries; and how many queries it is the mean of.",
        {"canary": "search", "difficulty": "difficulty"},
        columns,
    )
    return (table.no_value(_NO_SEARCH).span(16),)


def _by_difficulty(measure: str) -> str:
    return f'max by (canary, difficulty) (llm_retrieval_golden_score{{{SEARCHES}, measure="{measure}"}})'


def _of_each_query() -> Sequence[PanelBuilder]:
    return (
        house.largest_first(
            house.listing(
                "Lost documents",
                "Queries that find less of their documents than they did on average over the last seven days, and how "
                "much less. Their names are in watchkeeper.yml; `watchkeeper canary run` shows what each found.",
                rows(f"{_WEEK} - {_COVERAGE} > 0.01"),
                {"canary": "search", "Value": "lost", "query": "query"},
            ),
            "lost",
        )
        .unit(house.RATIO)
        .no_value("no query finds less than in its last week, or none was asked")
        .span(8),
        house.graph(
            "Coverage of the worst queries",
            "Share of its documents that a golden query found.",
            house.RATIO,
            [series(_COVERAGE, "{{canary}}, {{query}}")],
            lowest=True,
        ).span(16),
    )


def _measure(title: str, measure: str, meaning: str, threshold: str = "") -> PanelBuilder:
    query = f'min by (canary, difficulty) (llm_retrieval_golden_score{{{SEARCHES}, measure="{measure}"}})'
    return house.graph(
        title,
        f"{meaning} A gap means that a query got no answer.",
        house.RATIO,
        [series(query, "{{canary}}, {{difficulty}}"), *([limit_beside(threshold, query)] if threshold else [])],
        lowest=True,
    )
