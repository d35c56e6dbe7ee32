"""A contract proposed from past runs holds for what nearly all of them did."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from tests.support.runs import make_trace

from watchkeeper.config.schema import ConfigFile
from watchkeeper.model import Trace
from watchkeeper.operator.contracts.learn import as_yaml, learn


def proposed(runs: list[Trace]) -> dict[tuple[str, ...], Any]:
    """What is proposed, by its keys."""
    return {line.keys: line.value for line in learn(runs)}


def runs_of(*given: tuple[int, Trace]) -> list[Trace]:
    """So many of each."""
    return [run for count, trace in given for run in [trace] * count]


def test_tools_that_nearly_all_runs_use_are_expected_in_their_order() -> None:
    """One run of a hundred may do without; a tool that some use is no part of it."""
    runs = runs_of((60, make_trace("look", "pay")), (39, make_trace("look", "x", "pay", "pay")), (1, make_trace("x")))

    found = proposed(runs)

    assert found["tools", "expect"] == ["look", "pay"]
    assert found["tools", "before"] == [["look", "pay"]]
    assert found["tools", "at_most"] == {"look": 2, "pay": 3}


def test_tools_without_an_order_have_no_pairs() -> None:
    """Two of a hundred the other way round are too many."""
    runs = runs_of((98, make_trace("a", "b")), (2, make_trace("b", "a")))

    assert ("tools", "before") not in proposed(runs)
    assert ("tools", "expect") not in proposed(runs_of((98, make_trace("a")), (2, make_trace())))


def test_limits_lie_above_what_nearly_all_runs_took() -> None:
    """A fifth above the 99th percentile, each with the share of runs that would have broken it."""
    usual = make_trace(steps=5, input_tokens=1000, cost_usd=Decimal("0.011"), duration_seconds=2.0)
    long = make_trace(steps=50, input_tokens=90_000, cost_usd=Decimal(1), duration_seconds=200.0)

    lines = {line.keys: line for line in learn(runs_of((99, usual), (1, long)))}

    limits = {keys[0]: line.value for keys, line in lines.items()}
    assert limits == {"max_steps": 6, "max_tokens": 1200, "max_cost_usd": 0.014, "max_seconds": 2.4}
    assert {line.broken for line in lines.values()} == {0.01}


def test_a_branch_asks_for_the_tools_that_its_runs_use() -> None:
    """Those that all runs use are expected anyway."""
    refund = make_trace("look", "pay", branches=[("intent", "refund")])
    other = make_trace("look", branches=[("intent", "faq")])

    found = proposed(runs_of((10, refund), (50, other)))

    assert found["tools", "expect"] == ["look"]
    assert found["when",] == [{"node": "intent", "branch": "refund", "tools": ["pay"]}]
    assert ("when",) not in proposed(runs_of((9, refund), (50, other)))


def test_documents_reviews_and_guardrails_that_are_usual_are_required() -> None:
    """Those of nearly all runs."""
    run = make_trace(retrievals=1, documents=3, reviews=1, guardrails=("pii",))

    found = proposed(runs_of((99, run), (1, make_trace())))

    assert (found["min_documents",], found["human_review",], found["guardrails",]) == (1, True, ["pii"])


def test_runs_that_failed_or_are_not_whole_teach_nothing() -> None:
    """Only of runs that went well to their end is it known what they do."""
    bad = [make_trace(status="error"), make_trace(closed_by="evicted"), make_trace(closed_by="stop")]

    assert learn(bad) == []
    assert proposed([make_trace("a"), *bad])["tools", "expect"] == ["a"]


@pytest.mark.parametrize("agent", ["support", 'a "b": #c', "é"])
def test_what_is_proposed_can_be_pasted(agent: str) -> None:
    """It is a valid part of watchkeeper.yml, and each line says what it would have found."""
    run = make_trace("a", "b", branches=[("n", "x")], reviews=1)
    runs = runs_of((20, run), (20, make_trace("a", "b", "c", branches=[("n", "y")], reviews=1)))

    lines = list(as_yaml(agent, "name", learn(runs), len(runs)))

    (contract,) = ConfigFile.model_validate(yaml.safe_load("\n".join(lines))).contracts
    assert (contract.agent, contract.tools.expect, contract.human_review) == ((agent,), ("a", "b"), True)
    assert contract.when[0].tools == ("c",)
    assert sum("0.0% of past runs would have broken it" in line for line in lines) == len(learn(runs))
