"""When an item is asked for, and what becomes of it."""

from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.analyzer.audit.waiting import FOUND, MISSING, Waiting, due

AFTER = 900.0
ITEM = Waiting(item=Delivered(at=1000.0, item_time_ns=1, trace_id="a", span_id="b"))


def test_an_item_that_is_there_is_found_at_once() -> None:
    """Nothing more is asked."""
    assert ITEM.after(is_there=True) == FOUND


def test_an_item_is_missing_when_it_was_not_there_three_times() -> None:
    """A quarter, a half and three quarters of an hour after its delivery."""
    asked: Waiting | str = ITEM
    times = []
    while isinstance(asked, Waiting):
        times.append(asked.due_at(AFTER) - 1000.0)
        asked = asked.after(is_there=False)

    assert times == [900.0, 1800.0, 2700.0]
    assert asked == MISSING


def test_an_item_that_comes_late_is_found() -> None:
    """As of a Langfuse that is behind."""
    again = ITEM.after(is_there=False)

    assert isinstance(again, Waiting)
    assert again.after(is_there=True) == FOUND


def test_an_item_without_an_answer_waits_for_two_hours_and_is_not_known_then() -> None:
    """It is never missing: no one said so."""
    waits = ITEM.after_error("timeout", 1000.0 + 8 * AFTER - 1, AFTER)

    assert isinstance(waits, Waiting)
    assert waits.times_absent == 0
    assert waits.after_error("unauthorized", 1000.0 + 8 * AFTER, AFTER) == "unauthorized"


def test_what_is_due_is_asked_for_in_the_order_of_its_delivery() -> None:
    """Nothing before its time."""
    later, early = (Waiting(item=Delivered(at=at, item_time_ns=1, trace_id="a", span_id="b")) for at in (1200.0, 900.0))

    assert due([later, ITEM, early], 1000.0 + AFTER, AFTER) == [early, ITEM]
