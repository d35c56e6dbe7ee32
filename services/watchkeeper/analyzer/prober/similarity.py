"""How similar an answer is to those of the first runs, from 0 to 1; pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from watchkeeper.analyzer.prober.expectation import plain

# Its time grows with the square of the words.
_MAX_WORDS = 400


def similarity(answers: Sequence[str], first: Sequence[str]) -> float | None:
    """The mean over the answers of how much each has in common with the closest of the first ones.

    None where there is nothing to compare. Measured in words and their order: twice those in common over those of both.
    Source: Ratcliff and Metzener, Pattern Matching: the Gestalt Approach, 1988 (difflib).
    """
    if not answers or not first:
        return None
    return sum(max(_alike(answer, other) for other in first) for answer in answers) / len(answers)


def _alike(one: str, other: str) -> float:
    words, others = plain(one).split()[:_MAX_WORDS], plain(other).split()[:_MAX_WORDS]
    return SequenceMatcher(None, words, others, autojunk=False).ratio()
