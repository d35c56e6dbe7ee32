"""Measures of a ranking against the documents it should have: hit rate@k, recall@k, MRR@k and nDCG@k; pure.

Source: trec_eval (success_k, recall_k, recip_rank and ndcg_cut_k, https://github.com/usnistgov/trec_eval); a test holds
them against it.
"""

from collections.abc import Mapping, Sequence
from math import log2

MEASURES = ("hit_rate", "recall", "mrr", "ndcg")


def measures(found: Sequence[str], grades: Mapping[str, int], k: int) -> dict[str, float]:
    """Each measure from 0 to 1 of one query.

    ``found`` are ids, the best first; an id that comes twice counts once. ``grades`` has every relevant id, above 0.
    """
    first = list(dict.fromkeys(found))[:k]
    hits = [place for place, name in enumerate(first) if name in grades]
    return {
        "hit_rate": float(bool(hits)),
        "recall": len(hits) / len(grades),
        "mrr": 1 / (hits[0] + 1) if hits else 0.0,
        "ndcg": _gain([grades.get(name, 0) for name in first]) / _gain(sorted(grades.values(), reverse=True)[:k]),
    }


def _gain(ranked: Sequence[int]) -> float:
    """Discounted cumulative gain with the grade itself as gain."""
    return sum(grade / log2(place + 2) for place, grade in enumerate(ranked))
