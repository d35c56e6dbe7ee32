"""Who has used how much of which ceiling, call by call."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.facts import NOW, NOW_NS, make_call, make_context
from tests.support.objectives import make_ceiling, paid_call

from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.model import CeilingReached, Fact, LlmCall, Retrieval, ToolCall, Usage

SECOND = 10**9
DAY = 86_400.0


def book_of(*ceilings: Any, **settings: Any) -> CeilingBook:
    """A book of some ceilings, of an exporter without tokens unless it says otherwise."""
    return CeilingBook(ceilings, **{"is_by_tenant": False, **settings})


def call(second: float = 0, **context: Any) -> LlmCall:
    """A call that ends at a second and took one."""
    return make_call(context=make_context(time_ns=NOW_NS + int(second * SECOND), **context), duration_seconds=1.0)


def tool(second: float = 0, **context: Any) -> ToolCall:
    """A run of a tool that ends at a second and took one."""
    context = {"time_ns": NOW_NS + int(second * SECOND), **context}
    return ToolCall(context=make_context(**context), tool="t", duration_seconds=1.0)


def reached(book: CeilingBook, facts: Iterable[Fact], now: float = NOW) -> list[tuple[str, str, bool]]:
    """What is reached, by ceiling, limit and whether it was passed."""
    return [(one.ceiling, one.limit, one.is_passed) for fact in facts for one in book.take(fact, now)]


def test_a_ceiling_is_reached_once_and_passed_once() -> None:
    """With the call that uses it up, and with the next that begins; all others say nothing more."""
    book = book_of(make_ceiling(max_steps=3))

    assert reached(book, [call(1), tool(3)]) == []
    assert reached(book, [call(5)]) == [("run", "steps", False)]
    assert reached(book, [call(7)]) == [("run", "steps", True)]
    assert reached(book, [call(9), tool(11)]) == []


def test_what_had_begun_before_is_no_going_on() -> None:
    """Tools that ran beside the last call are reported after it."""
    book = book_of(make_ceiling(max_steps=1))

    assert reached(book, [call(5), tool(4.5), tool(5.5)]) == [("run", "steps", False)]
    assert reached(book, [tool(6)]) == [("run", "steps", True)]


def test_the_fact_says_who_and_how_much() -> None:
    """With the context of the call, so that its line has the trace."""
    book = book_of(make_ceiling(max_cost_usd="0.3"))
    book.take(paid_call("0.2"), NOW)

    (fact,) = book.take(paid_call("0.1", session_id="s"), NOW)

    assert fact == CeilingReached(
        context=make_context(session_id="s"),
        ceiling="run",
        per="run",
        limit="cost_usd",
        used=Decimal("0.3"),
        allowed=Decimal("0.3"),
    )


@pytest.mark.parametrize(
    ("limit", "fact"),
    [
        pytest.param({"max_steps": 1}, tool(), id="a tool is a step"),
        pytest.param({"max_steps": 1}, call(), id="a call is a step"),
        pytest.param({"max_tokens": 120}, call(), id="input and output are tokens"),
        pytest.param({"max_cost_usd": 5}, paid_call("5"), id="dollars"),
        pytest.param({"max_seconds": 1}, call(), id="seconds"),
    ],
)
def test_each_limit_is_reached_by_what_it_counts(limit: dict[str, object], fact: Fact) -> None:
    """Exactly as much as is allowed is enough."""
    assert len(reached(book_of(make_ceiling(**limit)), [fact])) == 1


@pytest.mark.parametrize(
    ("limit", "fact"),
    [
        pytest.param({"max_steps": 1}, call(operation="embeddings"), id="an embedding is no step"),
        pytest.param({"max_tokens": 121}, call(), id="a token less"),
        pytest.param({"max_tokens": 1}, tool(), id="a tool has no tokens"),
        pytest.param({"max_cost_usd": 1}, call(), id="a call without a price"),
        pytest.param({"max_seconds": 1.1}, call(), id="a tenth of a second less"),
        pytest.param({"max_steps": 1}, call(trace_id=""), id="a call of no trace"),
        pytest.param({"max_steps": 1}, call(service="drill-a"), id="a drill"),
        pytest.param({"max_steps": 1}, Retrieval(context=make_context(), retriever="kb"), id="a search"),
        pytest.param({"max_steps": 1, "match": {"model": ["claude-*"]}}, call(), id="another model"),
    ],
)
def test_what_does_not_count_reaches_nothing(limit: dict[str, object], fact: Fact) -> None:
    """Neither a little less nor something else."""
    assert reached(book_of(make_ceiling(**limit)), [fact]) == []


def test_a_run_lasts_from_its_first_call_to_its_last() -> None:
    """In whatever order they come, pauses included; of a user only the calls themselves add up."""
    run, user = make_ceiling(max_seconds=60), make_ceiling("user", max_seconds=60)
    book = book_of(run, user)
    calls = [call(50, user_hash="u"), call(0.5, user_hash="u"), call(20, user_hash="u"), call(59, user_hash="u")]

    assert reached(book, calls) == []
    assert reached(book, [call(60, user_hash="u")]) == [("run", "seconds", False)]
    tally = book.tally(user, make_context(user_hash="u"), NOW)
    assert tally is not None
    assert tally.used("seconds", "user") == 5


@pytest.mark.parametrize(
    ("per", "same", "other"),
    [
        pytest.param("run", {"trace_id": "a" * 32}, {"trace_id": "b" * 32}, id="a run"),
        pytest.param("session", {"session_id": "a"}, {"session_id": "b"}, id="a session"),
        pytest.param("user", {"user_hash": "a"}, {"user_hash": "b"}, id="a user"),
        pytest.param("agent", {"agent": "a"}, {"agent": "b"}, id="an agent"),
        pytest.param("agent", {"agent": "a"}, {"agent": "a", "service": "other"}, id="an agent of another service"),
    ],
)
def test_each_has_a_ceiling_of_its_own(per: str, same: dict[str, str], other: dict[str, str]) -> None:
    """What one uses is nothing to another."""
    book = book_of(make_ceiling(per, max_steps=2))

    assert reached(book, [call(**same), call(**other)]) == []
    assert len(reached(book, [call(**same)])) == 1


def test_tenants_are_apart_where_tokens_name_them() -> None:
    """Without tokens not all calls of a run say whose they are."""
    calls = [call(tenant="acme"), call(tenant="default")]

    assert reached(book_of(make_ceiling(max_steps=2), is_by_tenant=True), calls) == []
    assert len(reached(book_of(make_ceiling(max_steps=2)), calls)) == 1


@pytest.mark.parametrize(
    ("ceiling", "after", "is_zero"),
    [
        pytest.param(make_ceiling(max_steps=2), DAY - 1, False, id="a run that was silent for nearly a day"),
        pytest.param(make_ceiling(max_steps=2), DAY, True, id="a run that was silent for a day"),
        pytest.param(make_ceiling("agent", max_steps=2, window_seconds=60), 59, False, id="inside the window"),
        pytest.param(make_ceiling("agent", max_steps=2, window_seconds=60), 60, True, id="after the window"),
    ],
)
def test_counts_end_in_time(ceiling: Any, after: float, *, is_zero: bool) -> None:
    """After the window of an agent or a user, and after a day's silence of a run or a session."""
    book = book_of(ceiling)
    book.take(call(agent="a"), NOW)

    assert (reached(book, [call(agent="a")], NOW + after) == []) is is_zero


def test_memory_is_bounded_and_the_silent_ones_go_first() -> None:
    """However many runs there are, and however long their ids; what had to go is counted."""
    book = book_of(make_ceiling(max_steps=2), capacity=3)
    kept = {"trace_id": "k" * 10_000}
    for number in range(20):
        book.take(call(**kept), NOW)
        book.take(call(trace_id=f"{number}"), NOW)

    assert len(book) == book.capacity == 3
    assert book.forgotten == 18
    tally = book.tally(book.ceilings["run"], make_context(**kept), NOW)
    assert tally is not None
    assert tally.steps == 20


def test_what_was_used_outlives_the_process() -> None:
    """A ceiling that is gone is left out, one that was raised is not reached any more."""
    book = book_of(make_ceiling(max_steps=1), make_ceiling("user", max_tokens=100), make_ceiling("agent", max_steps=1))
    reached(book, [call(1, user_hash="u", agent="a"), call(5, user_hash="u", agent="a")])

    after = book_of(make_ceiling(max_steps=1), make_ceiling("user", max_tokens=1000))
    after.resume(book.saved())

    assert [(ceiling.name, tally.is_passed) for ceiling, tally in after.reached(NOW)] == [("run", True)]
    user = after.tally(after.ceilings["user"], make_context(user_hash="u"), NOW)
    assert user is not None
    assert (user.tokens, user.reached, user.is_passed) == (240, (), False)


def test_what_is_no_book_is_refused() -> None:
    """And nothing is known then."""
    with pytest.raises(msgspec.DecodeError):
        book_of(make_ceiling()).resume(b"\xc1")


def test_whatever_senders_make_up_can_be_saved() -> None:
    """Times before the epoch and after its end, and more tokens than there are."""
    book = book_of(make_ceiling(max_steps=10_000), make_ceiling("session", max_steps=10_000))
    huge = Usage(input=2**53, output=2**53)
    for time_ns, seconds in ((0, 1e9), (2**64 - 1, 0.0), (2**63, None)):
        context = make_context(time_ns=time_ns, session_id="\N{PILE OF POO}" * 500)
        for _ in range(2_000):
            book.take(LlmCall(context=context, usage=huge, duration_seconds=seconds), NOW)

    again = book_of(*book.ceilings.values())
    again.resume(book.saved())

    assert len(again) == len(book) == 2


def test_only_who_was_heard_of_is_reported() -> None:
    """The gauge is of this moment."""
    book = book_of(make_ceiling(max_steps=1))
    book.take(call(trace_id="a" * 32), NOW)
    book.take(call(trace_id="b" * 32), NOW + 10)

    assert len(list(book.reached(NOW))) == 2
    assert len(list(book.reached(NOW + 1))) == 1
