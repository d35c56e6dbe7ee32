"""Which delivered items are still to be decided, and when each is asked for. Pure."""

from collections.abc import Iterable

import msgspec

from watchkeeper.analyzer.audit.delivered import Delivered

# While Tempo hands traces over from memory to files it answers 404 for up to half an hour (grafana/tempo#2650), and
# Langfuse shows what older clients send up to a quarter of an hour later.
_TIMES_ASKED = 3
# An item for which no one answers for so many times ``after_seconds`` is not known.
_GIVEN_UP_AFTER = 8

FOUND, MISSING = "found", "missing"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An item, how often it was not found, and the kind of the last error, which is no answer at all."""

    item: Delivered
    times_absent: int = 0
    error: str = ""

    def due_at(self, after_seconds: float) -> float:
        """When it is asked for next, in Unix seconds: each time as much later."""
        return self.item.at + after_seconds * (self.times_absent + 1)

    def after(self, *, is_there: bool) -> "Waiting | str":
        """The item after an answer: its outcome, or waiting for the next time."""
        if is_there:
            return FOUND
        if self.times_absent + 1 >= _TIMES_ASKED:
            return MISSING
        return msgspec.structs.replace(self, times_absent=self.times_absent + 1)

    def after_error(self, error: str, now: float, after_seconds: float) -> "Waiting | str":
        """The item without an answer: waiting, or the error as its outcome when it has been asked for long enough."""
        if now - self.item.at >= after_seconds * _GIVEN_UP_AFTER:
            return error
        return msgspec.structs.replace(self, error=error)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Lines up to ``read_until_ns`` are read, in Unix nanoseconds; ``waiting`` are the items that are not decided."""

    read_until_ns: int = 0
    waiting: tuple[Waiting, ...] = ()


def due(waiting: Iterable[Waiting], now: float, after_seconds: float) -> list[Waiting]:
    """Those to ask for now, the most overdue first."""
    ready = [one for one in waiting if one.due_at(after_seconds) <= now]
    return sorted(ready, key=lambda one: one.due_at(after_seconds))
