"""Golden queries against a fake search over real HTTP."""

from typing import Any

import httpx
from tests.support.canaries import make_prober, make_search
from tests.support.fake_model import FakeModel

from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

QUERIES = [
    {"query": "refund", "documents": ["r1"], "difficulty": "easy"},
    {"query": "warranty of a gift", "documents": ["w1", "w2"], "difficulty": "hard"},
]


def content(fake: FakeModel, **more: Any) -> dict[str, Any]:
    """A watchkeeper.yml with one search."""
    search = make_search(url=f"{fake.address}/search", queries=QUERIES, k=2, **more)
    return {"canaries": {"searches": [search.model_dump(mode="json", exclude_none=True)]}}


def scores(store: MetricStore) -> dict[tuple[str, ...], float]:
    """Every golden score by difficulty and measure."""
    family = store.families["llm_retrieval_golden_score"].series
    return {values[1:]: float(series.value) for values, series in family.items()}


async def test_measures_are_means_by_difficulty_and_of_all(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """The easy one is found first, of the hard one half, in second place."""
    fake.found = {"refund": ["r1", "x"], "warranty of a gift": ["x", "w2", "w1"]}
    store = MetricStore(METRICS)

    await make_prober(content(fake), client, store).run_search("docs")

    found = scores(store)
    assert [found["easy", measure] for measure in ("hit_rate", "recall", "mrr", "ndcg")] == [1, 1, 1, 1]
    assert [found["hard", measure] for measure in ("hit_rate", "recall", "mrr")] == [1, 0.5, 0.5]
    assert found["all", "mrr"] == 0.75
    assert store.families["llm_retrieval_golden_queries"].series["docs", "all"].value == 2


async def test_each_query_has_its_coverage(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Under its name, else its place; what finds nothing has 0, and what has no answer has none."""
    content_ = content(fake)
    content_["canaries"]["searches"][0]["queries"][0] |= {"name": "refund"}
    store = MetricStore(METRICS)
    prober = make_prober(content_, client, store)
    fake.found = {"refund": [], "warranty of a gift": ["x", "w2"]}
    coverage = store.families["llm_retrieval_golden_coverage_ratio"].series

    await prober.run_search("docs")
    found = {values: series.value for values, series in coverage.items()}
    fake.statuses = [404]
    await prober.run_search("docs")

    assert found == {("docs", "refund"): 0, ("docs", "query-2"): 0.5}
    assert len(coverage) == 1


async def test_while_one_query_has_no_answer_there_is_no_mean(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """A mean of the others would look like a change of the search."""
    store = MetricStore(METRICS)
    prober = make_prober(content(fake), client, store)
    await prober.run_search("docs")
    fake.statuses = [404]

    result = await prober.run_search("docs")

    assert scores(store) == {}
    assert [one.error_type for one in result.queries].count("refused") == 1
    assert store.families["llm_canary_failures_total"].series["docs", "search", "refused"].value == 1


async def test_an_answer_without_a_list_is_none(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """An expression that finds nothing is told, not taken for an empty list of documents."""
    result = await make_prober(content(fake, ids="hits"), client, MetricStore(METRICS)).run_search("docs")

    assert {one.error for one in result.queries} == {"the answer has no list of ids at hits"}
