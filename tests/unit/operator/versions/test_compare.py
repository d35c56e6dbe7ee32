"""Two versions of a prompt: what differs is found and said, and what does not is not."""

import json
from random import Random

import pytest
from tests.support.version_lines import V12, V13, Line, Shape, runs

from watchkeeper.engines.fact_lines import FactLine, read_line
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.versions.compare import Compared, compare
from watchkeeper.operator.versions.limits import check, read_limit
from watchkeeper.operator.versions.sample import runs_by_version
from watchkeeper.operator.versions.words import sentence, verdict

NAMES = ("v12", "v13")


def read(lines: list[Line]) -> list[FactLine]:
    """As Loki returns them."""
    return [found for one in lines if (found := read_line(json.dumps(one)))]


def compared(seed: int, before: Shape, after: Shape, count: int = 600) -> list[Compared]:
    """So many runs of each."""
    random = Random(seed)
    lines = [*runs(random, "v12", before, count), *runs(random, "v13", after, count)]
    found, _ = runs_by_version(read(lines), NAMES)
    return compare(found["v12"], found["v13"])


def by_title(found: list[Compared]) -> dict[str, Compared]:
    """The measures by their titles."""
    return {one.title: one for one in found}


def test_the_case_study_is_found_and_said() -> None:
    """Tokens and cost doubled, 15 points more reviews, quality slightly up."""
    found = compared(3, V12, V13)

    measures = by_title(found)
    assert measures["tokens in per call"].relative == pytest.approx(1.04, abs=0.15)
    assert measures["cost per call"].relative == pytest.approx(0.93, abs=0.15)
    assert measures["review share"].difference.change == pytest.approx(0.15, abs=0.06)
    worse = {title for title, one in measures.items() if verdict(one) == "worse"}
    assert {"cost per call", "tokens in per call", "tokens out per call", "review share"} == worse
    assert verdict(measures["score quality"]) == "better"
    assert verdict(measures["latency p95"]) == verdict(measures["error share"]) == "no difference"
    said = sentence("v13", "v12", found)
    assert said.startswith("v13 against v12: cost per call +")
    assert "review share +" in said
    assert "points" in said
    assert "quality +0.0" in said
    assert "latency" not in said


def test_two_equal_versions_do_not_differ() -> None:
    """In 95 of 100 comparisons, all measures of one together; fewer runs of each, where chance is larger."""
    random = Random(12)
    found, _ = runs_by_version(read(runs(random, "v12", V12, 4000)), NAMES)

    quiet = 0
    for _ in range(100):
        drawn = random.sample(found["v12"], 300)
        quiet += "no difference" in sentence("v13", "v12", compare(drawn[:150], drawn[150:]))

    assert quiet >= 95


def test_a_small_gain_is_not_called_one() -> None:
    """Its size and how unsure it is are said."""
    said = sentence("v13", "v12", compared(3, V12, Shape(tokens_in=980.0, quality=0.862), 300))

    assert "quality" in said
    assert "±" in said
    assert said.endswith((": no clear gain.", ": no clear loss."))


def test_of_few_runs_nothing_is_said() -> None:
    """However different they look."""
    found = compared(1, V12, V13, 99)

    assert sentence("v13", "v12", found) == "v13: too few runs to compare it with v12."
    assert {verdict(one) for one in found} == {"too few"}


def test_runs_with_both_versions_are_in_neither() -> None:
    """And counted; a call without a trace is a run of its own."""
    random = Random(1)
    lines = runs(random, "v12", V12, 3)
    calls = [line for line in runs(random, "v13", V13, 1) if line["event"] == "llm_call_completed"]
    both = {**calls[0], "trace_id": "v12-0"}
    alone = {**calls[0], "trace_id": ""}

    found, mixed = runs_by_version(read([*lines, both, alone]), NAMES)

    assert (len(found["v12"]), len(found["v13"]), mixed) == (2, 1, 1)
    assert not found["v13"][0].has_trace


def test_limits() -> None:
    """Only what is worse, by more than the limit, and not by chance."""
    found = compared(1, V12, V13)
    texts = ("cost=0.1", "tokens-in=3", "reviews=0.05", "latency-p95=0.0", "score:quality=0", "score:none=0.1")

    checked = check(found, [read_limit(text) for text in texts])

    assert [one.key for one in checked.exceeded] == ["cost", "reviews"]
    assert list(checked.unknown) == ["score:none"]


@pytest.mark.parametrize("text", ["", "cost", "cost=", "cost=-1", "cost=10%", "beauty=1", "score:=1", "cost=nan"])
def test_what_is_no_limit(text: str) -> None:
    """The message names what is."""
    with pytest.raises(WatchkeeperError, match="--limit must be"):
        read_limit(text)
