"""How alerts behave over weeks: the page of what bench/alerts_measured.py measured, before and after."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import median, quantiles

import msgspec
from docs.reference.markdown import page, table
from docs.reference.measured_bars import bars
from docs.reference.measured_figures import FIGURES, Figures, Found, Measured, Observed, time

_DAYS_A_QUARTER, _DAYS_A_MONTH = 91, 30
_NOT_FOUND, _NOT_MEASURED = "no", "not measured"
_KINDS = {
    "office": "office hours, Monday to Friday",
    "batch": "around the clock, with a nightly batch",
}
_INTRODUCTION = """\
How often alerts notify people while nothing is wrong, and how soon when something is, for services of every size.
Measured by `bench/alerts_measured.py` (nothing of it is estimated):
every call of a service is simulated by itself, with a seed; the counters of each minute go to a real Prometheus,
the shipped rules are evaluated over them minute by minute, and `for` and `keep_firing_for` are applied as Prometheus
applies them. Rules whose groups have an interval of two or four minutes are evaluated every minute here, too.
"Before" are the rules that compared with the mean of the last 24 hours and counted failures within
15 minutes; of them each beginning counts as a message, and what was planted later was not measured.

A message is the first notification of an alert of a service, with the waiting times and the inhibitions of
Alertmanager. Repetitions, resolutions and the escalation of an alert that stays are not counted.

The simulated services report no tokens read from prompt caches, so LLMPromptCacheCollapsed is not among the alerts."""
_QUIET = """\
Eight weeks in which nothing is wrong, beginning with the first call of the service: growth of 5 % a week, two holidays,
bursts of two to three times the calls twice a week, hiccups of the provider of some minutes, 1 % of calls that fail,
sizes with heavy tails.
The aim is at most one message of severity high or critical in a quarter, one of medium in a month and one of low in a
week, for each service."""
_ESCALATED = """\
Of those of severity high that AlertStillFiring makes critical after half an hour, in the same eight weeks, at most:"""
_IN_TIME = """\
Faults planted one after the other, after two weeks of past, each for a day: one half of them into services of office
hours at ten in the morning, the other into services around the clock at two in the afternoon.
"Found" is by an alert that is about such a fault, while it lasts; an alert that fires on every ordinary day "finds"
every fault so, which is why some were found "before" and are not after. The delay is that of those that are found: the
median, and what nine of ten stay under. Messages are the median number of messages for one fault, of all alerts
that begin until an hour after its end."""
_RESOLVED = """\
How long after the end of a fault the last alert about it resolves, in the median. What compares with the last day goes
on for as long as that holds some of the fault; to each are added the hours for which an alert stays."""
_ODD = """\
What is no fault, and may look like one: services of 2,000 calls and ten dollars a day with two weeks of past, and every
message from the event on, with the time since."""
_BARS = """\
Each aim, and what misses it. A count in eight weeks is held against what so many days allow, in whole messages."""
_MISSED = """\
Ten calls of a service with forty a day take two hours and more, whatever looks at them. A fault that is first reported
with severity medium and later reaches the limit of an alert of severity high is reported again, for a higher severity
goes to other people: the last line leaves those out. What remains in it: where every second call of a service with 300
calls a day fails, LLMErrorRateHigh comes a minute or more before there are five minutes in which most calls fail.

A silence
of an office looks like a holiday: it is reported as medium, and so are holidays. So was,
before its rule asked for ten days, the first weekend of an office whose service was first seen at midnight before a
Monday. Of forty calls a day the share of a branch, or of reviews, moves by chance further than its limit some times in
a month: a stricter limit finds less of what is planted, see
[decision 21](../decisions/0021-the-same-hours.md)."""
_BY_SIZE = "The delay by calls a day, of the service in which it was planted; no: not found."


def render() -> str:
    """Return the page."""
    before, after = (_read(name) for name in ("before", "after"))
    return page(
        "Alerts, measured",
        "bench/alerts_measured/*.json",
        _INTRODUCTION,
        "## Quiet when nothing is wrong",
        _QUIET,
        table(_QUIET_HEADINGS, _quiet_rows(before.quiet, after.quiet)),
        "The same by alert, for all of these services together: messages in eight weeks.",
        table(["alert", "severity", "before", "after"], _alert_rows(before.quiet, after.quiet)),
        _escalated(after.quiet),
        "## In time when something is",
        _IN_TIME,
        table(_FAULT_HEADINGS, _fault_rows(before.faults, after.faults)),
        _RESOLVED,
        table(["fault", "resolved"], _resolved_rows(after.faults)),
        _BY_SIZE,
        table(["fault", "", *_sizes(after.faults)], _size_rows(before.faults, after.faults)),
        "## What was aimed at",
        _BARS,
        table(["aim", "met", "missed"], bars(after)),
        _MISSED,
        "## What is no fault",
        _ODD,
        table(["what happens", "messages"], _odd_rows()),
    )


def _read(name: str) -> Figures:
    return msgspec.json.decode((FIGURES / f"{name}.json").read_bytes(), type=Figures)


def _odd_rows() -> Iterable[list[str]]:
    for odd in msgspec.json.decode((FIGURES / "odd.json").read_bytes(), type=tuple[Observed, ...]):
        messages = (f"{one.alert} ({one.severity}) after {time(one.minute)}" for one in odd.messages)
        yield [odd.title, "; ".join(messages) or "none"]


_QUIET_HEADINGS = [
    "service", "calls a day", "$ a day",
    "high or critical in a quarter: before", "after", "medium in a month: before", "after",
]  # fmt: skip


def _quiet_rows(before: Sequence[Measured], after: Sequence[Measured]) -> Iterable[list[str]]:
    for old, new in zip(before, after, strict=True):
        yield [_KINDS[new.kind], f"{new.calls_a_day:,}", f"{new.dollars_a_day:,g}", *_rates([old], [new])]
    yield ["all of them, on average", "", "", *_rates(before, after)]


def _rates(before: Sequence[Measured], after: Sequence[Measured]) -> Iterable[str]:
    for severities, days in ((("critical", "high"), _DAYS_A_QUARTER), (("medium",), _DAYS_A_MONTH)):
        yield from (_rate(measured, severities, days) for measured in (before, after))


def _rate(measured: Sequence[Measured], severities: tuple[str, ...], days: int) -> str:
    """Messages of a service in so many days."""
    count = sum(message.severity in severities for one in measured for message in one.messages)
    return f"{count * days / sum(one.days for one in measured):.1f}" if count else "0"


def _alert_rows(before: Sequence[Measured], after: Sequence[Measured]) -> Iterable[list[str]]:
    old, new = (_count(before), _count(after))
    return ([*alert, str(old[alert]), str(new[alert])] for alert in sorted({*old, *new}))


def _count(measured: Sequence[Measured]) -> Counter[tuple[str, str]]:
    return Counter((message.alert, message.severity) for one in measured for message in one.messages)


def _escalated(measured: Sequence[Measured]) -> str:
    """What of these messages comes again as critical, for it fires for half an hour."""
    escalated = [one.escalations for one in measured if one.escalations is not None]
    count = Counter(message.alert for one in escalated for message in one)
    said = ", ".join(f"{alert}: {number}" for alert, number in sorted(count.items())) or "none"
    return f"{_ESCALATED} {said}."


_FAULT_HEADINGS = ["fault", "found: before", "after", "median delay: before", "after", "9 of 10: before", "after",
                   "messages: before", "after"]  # fmt: skip


def _fault_rows(before: Sequence[Measured], after: Sequence[Measured]) -> Iterable[list[str]]:
    old, new = _by_fault(before), _by_fault(after)
    for fault, found in new.items():
        columns: list[Callable[[list[Found]], str]] = [_share, _median, _ninth, _messages]
        yield [fault, *(column(one[fault]) for column in columns for one in (old, {fault: found}))]


def _by_fault(measured: Sequence[Measured]) -> dict[str, list[Found]]:
    found = defaultdict(list)
    for one in measured:
        for fault in one.found:
            found[fault.fault].append(fault)
    return found


def _delays(found: list[Found]) -> list[int]:
    return sorted(one.delay for one in found if one.delay is not None)


def _share(found: list[Found]) -> str:
    return f"{len(_delays(found))} of {len(found)}" if found else _NOT_MEASURED


def _median(found: list[Found]) -> str:
    return time(median(_delays(found))) if _delays(found) else _NOT_FOUND


def _ninth(found: list[Found]) -> str:
    delays = _delays(found)
    return _NOT_FOUND if not delays else time(quantiles([*delays, delays[-1]], n=10, method="inclusive")[-1])


def _messages(found: list[Found]) -> str:
    return f"{median(len(one.messages) for one in found):g}" if found else _NOT_MEASURED


def _resolved_rows(after: Sequence[Measured]) -> Iterable[list[str]]:
    """What ended before the fault did counts as ended with it."""
    for fault, found in _by_fault(after).items():
        if resolved := [max(one.resolved, 0) for one in found if one.resolved is not None]:
            yield [fault, time(median(resolved))]


def _sizes(measured: Sequence[Measured]) -> list[str]:
    return [f"{size:,}" for size in sorted({one.calls_a_day for one in measured})]


def _size_rows(before: Sequence[Measured], after: Sequence[Measured]) -> Iterable[list[str]]:
    for fault in _by_fault(after):
        for name, measured in (("before", before), ("after", after)):
            cells: dict[int, list[int | None]] = defaultdict(list)
            for one in sorted(measured, key=lambda one: list(_KINDS).index(one.kind)):
                cells[one.calls_a_day] += [found.delay for found in one.found if found.fault == fault]
            yield [fault if name == "before" else "", name, *(_cell(cells[size]) for size in sorted(cells))]


def _cell(delays: list[int | None]) -> str:
    return " / ".join(_NOT_FOUND if delay is None else time(delay) for delay in delays)
