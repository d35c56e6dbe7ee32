"""Measures of rankings, held against trec_eval."""

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.analyzer.prober.measures import measures

IDS = st.sampled_from([f"d{number}" for number in range(12)])
K = 5


@given(
    found=st.lists(IDS, max_size=12, unique=True),
    grades=st.dictionaries(IDS, st.integers(1, 4), min_size=1, max_size=8),
)
def test_they_are_those_of_trec_eval(found: list[str], grades: dict[str, int]) -> None:
    """For any ranking and any grades: success, recall, reciprocal rank and nDCG at five."""
    ours = measures(found, grades, K)
    evaluator = pytrec_eval.RelevanceEvaluator({"q": grades}, {"success.5", "recall.5", "recip_rank", "ndcg_cut.5"})
    # trec_eval sorts by score; its reciprocal rank is not cut, so only what is cut is shown to it.
    ranked = {name: float(len(found) - place) for place, name in enumerate(found[:K])}
    theirs = evaluator.evaluate({"q": ranked or {"none": 1.0}})["q"]

    assert ours["hit_rate"] == pytest.approx(theirs["success_5"])
    assert ours["recall"] == pytest.approx(theirs["recall_5"])
    assert ours["mrr"] == pytest.approx(theirs["recip_rank"])
    assert ours["ndcg"] == pytest.approx(theirs["ndcg_cut_5"])


def test_a_document_that_comes_twice_counts_once() -> None:
    """Chunks of one document would make a search of one document look perfect."""
    assert measures(["a", "a", "b"], {"a": 1, "b": 1}, 2) == {"hit_rate": 1.0, "recall": 1.0, "mrr": 1.0, "ndcg": 1.0}
