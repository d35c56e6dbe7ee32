"""What first runs are remembered, and what of a later run is new."""

from typing import Any

from tests.support.canaries import make_answer

from watchkeeper.analyzer.prober.baseline import RUNS, TargetRun, changes, is_worse, learnt
from watchkeeper.analyzer.prober.similarity import similarity


def run(score: float = 1.0, text: str = "Paris", **more: Any) -> TargetRun:
    """A run of one answer."""
    return TargetRun(answers=(make_answer(text, **more),), scores=(score,))


def test_three_runs_are_learnt_and_no_more() -> None:
    """Later answers must not creep into what they are held against."""
    baseline = None
    for number in range(RUNS + 2):
        baseline = learnt(baseline, run(text=f"answer {number}"), 0.8)

    assert baseline is not None
    assert baseline.answers == ("answer 0", "answer 1", "answer 2")
    assert (baseline.runs, baseline.score) == (3, 1.0)


def test_a_run_that_is_worse_is_no_part_of_the_first_ones() -> None:
    """A change on the second day would become what is usual."""
    first = learnt(None, run(1.0), 0.8)

    assert learnt(first, run(0.2, "London"), 0.8) == first


def test_worse_is_below_the_limit_and_below_the_first_runs() -> None:
    """A canary that never met its expectation shows no change by missing it again."""
    good, bad = learnt(None, run(1.0), 0.8), learnt(None, run(0.5), 0.8)

    assert is_worse(run(0.79), good, 0.8)
    assert not is_worse(run(0.8), good, 0.8)
    assert not is_worse(run(0.5), bad, 0.8)
    assert not is_worse(run(0.1), None, 0.8)


def test_what_the_provider_says_of_itself_is_new_or_not() -> None:
    """Another model, another fingerprint, or another tokenizer."""
    baseline = learnt(None, run(model="m-1", fingerprint="f-1", input_tokens=20), 0.8)

    found = changes(run(model="m-2", fingerprint="f-1", input_tokens=21), baseline)

    assert found == {"model": True, "fingerprint": False, "input_tokens": True}


def test_what_is_not_reported_is_neither_new_nor_old() -> None:
    """Applications report nothing of themselves."""
    silent = run(model="", fingerprint="", input_tokens=None)

    assert changes(silent, learnt(None, silent, 0.8)) == {}
    assert changes(silent, learnt(None, run(), 0.8)) == {}


def test_similarity_is_that_to_the_closest_of_the_first_answers() -> None:
    """The mean over the answers of a run; words in order, whatever their case."""
    first = ["the capital is Paris", "Paris"]

    assert similarity(["PARIS"], first) == 1.0
    assert similarity(["the capital is Rome"], first) == 0.75
    assert similarity(["PARIS", "the capital is Rome"], first) == 0.875
    assert similarity(["something else entirely"], first) == 0.0
    assert similarity([], first) is None
    assert similarity(["a"], []) is None
