"""What alerts should do, held against what they were measured to do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docs.reference.measured_figures import MINUTES_AN_HOUR, Figures, Found, Measured, repeated, time

_DAYS_A_QUARTER, _DAYS_A_MONTH, _DAYS_A_WEEK = 91, 30, 7
_MINUTES_A_DAY = 24 * MINUTES_AN_HOUR
# Hours in which a service of each kind is used.
_HOURS = {"office": 10, "batch": 24}


@dataclass(frozen=True, slots=True)
class _Case:
    """Something that meets an aim or does not, and what is said of it."""

    is_met: bool
    text: str


def bars(after: Figures) -> Iterator[list[str]]:
    """Each aim, how many meet it, and those that miss it."""
    quarter = (("critical", "high"), _DAYS_A_QUARTER)
    for aim, severities, days in (
        ("high or critical: at most one message a quarter", *quarter),
        ("medium: at most one message a month", ("medium",), _DAYS_A_MONTH),
        ("low: at most one message a week", ("low",), _DAYS_A_WEEK),
    ):
        yield _row(aim, [_quiet(one, severities, days) for one in after.quiet])
    for aim, is_about, limit in _FAULTS:
        found = [(one, fault) for one in after.faults for fault in one.found if is_about(one, fault)]
        yield _row(aim, [_in_time(one, fault, limit(one)) for one, fault in found])
    reported = [(one, fault) for one in after.faults for fault in one.found if fault.messages]
    yield _row("one message for one fault, of those that are reported", [_once(*case) for case in reported])
    yield _row("one message for one fault and severity that it reaches", [_not_again(*case) for case in reported])


def _row(aim: str, cases: Sequence[_Case]) -> list[str]:
    return [
        aim,
        f"{sum(one.is_met for one in cases)} of {len(cases)}",
        "; ".join(c.text for c in cases if not c.is_met),
    ]


def _quiet(one: Measured, severities: tuple[str, ...], days: int) -> _Case:
    """A count is held against what so many days allow, in whole messages."""
    count = sum(message.severity in severities for message in one.messages)
    return _Case(count <= -(-one.days // days), f"{_name(one)}: {count} in {one.days} days")


def _in_time(one: Measured, fault: Found, limit: int) -> _Case:
    """Ten calls are enough, however long they took to come."""
    is_met = fault.delay is not None and (fault.delay <= limit or (fault.calls or 0) <= _enough(fault))
    said = "no" if fault.delay is None else f"{time(fault.delay)}, {fault.calls:,} calls"
    return _Case(is_met, f"{_name(one)}: {said}")


def _enough(fault: Found) -> int:
    return 10 if _is_total(fault) else -1


def _once(one: Measured, fault: Found) -> _Case:
    return _Case(len(fault.messages) == 1, f"{_name(one)}, {fault.fault}: {len(fault.messages)}")


def _not_again(one: Measured, fault: Found) -> _Case:
    messages = ", ".join(fault.messages)
    return _Case(repeated(fault) == 0, f"{_name(one)}, {fault.fault}: {messages}")


def _name(one: Measured) -> str:
    return f"{one.kind} {one.calls_a_day:,}"


def _is_total(fault: Found) -> bool:
    return fault.fault == "every call fails"


def _dollars_an_hour(one: Measured) -> float:
    return one.dollars_a_day / _HOURS[one.kind]


def _is_expensive(_: Measured, fault: Found) -> bool:
    return fault.fault == "cost per call 3 times"


_FAULTS: tuple[tuple[str, Callable[[Measured, Found], bool], Callable[[Measured], int]], ...] = (
    ("total failure: after ten failed calls or 20 minutes", lambda _, fault: _is_total(fault), lambda _: 20),
    (
        "cost three times: within an hour from $1 an hour on",
        lambda one, fault: _is_expensive(one, fault) and _dollars_an_hour(one) >= 1,
        lambda _: MINUTES_AN_HOUR,
    ),
    (
        "cost three times: within a day from $1 a day on",
        lambda one, fault: _is_expensive(one, fault) and one.dollars_a_day >= 1,
        lambda _: _MINUTES_A_DAY,
    ),
    ("silence: within a day", lambda _, fault: fault.fault == "silence", lambda _: _MINUTES_A_DAY),
)
