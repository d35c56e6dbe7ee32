"""The figures of bench/alerts_measured.py, as it writes them and as the page reads them; without its libraries."""

from pathlib import Path

import msgspec

FIGURES = Path(__file__).parents[2] / "bench" / "alerts_measured"
MINUTES_AN_HOUR = 60


class Message(msgspec.Struct, frozen=True):
    """A notification of something new about a service, and its minute since the beginning or the event."""

    alert: str
    severity: str
    minute: int


class Observed(msgspec.Struct, frozen=True):
    """What was reported of a case that is no fault; minutes from its event."""

    title: str
    messages: tuple[Message, ...]


class Found(msgspec.Struct, frozen=True):
    """What became of a planted fault: minutes and calls until an alert that is about it, if any, and all messages.

    ``resolved`` are the minutes from its end to that of the last alert that was about it.
    """

    fault: str
    delay: int | None
    calls: int | None
    messages: tuple[str, ...]
    resolved: int | None = None


_RANK = ("low", "medium", "high", "critical")


def repeated(found: Found) -> int:
    """How many messages after the first report nothing worse than those before them did.

    A higher severity goes to other people, and is no repetition.
    """
    worst, count = -1, 0
    for message in found.messages:
        rank = _RANK.index(message.rpartition("(")[2].removesuffix(")"))
        count += worst >= 0 and rank <= worst
        worst = max(worst, rank)
    return count


class Measured(msgspec.Struct, frozen=True):
    """A service over its weeks. ``escalations`` are those of messages that stay, at most; None where not measured."""

    kind: str
    calls_a_day: int
    dollars_a_day: float
    days: int
    messages: tuple[Message, ...]
    found: tuple[Found, ...] = ()
    escalations: tuple[Message, ...] | None = None


class Figures(msgspec.Struct, frozen=True):
    """One file of figures."""

    quiet: tuple[Measured, ...]
    faults: tuple[Measured, ...]


def time(minutes: float) -> str:
    """Minutes as people say them."""
    hours, rest = divmod(round(minutes), MINUTES_AN_HOUR)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"
