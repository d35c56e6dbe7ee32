"""Polling with a deadline; nothing here sleeps for a fixed time and hopes.

A busy machine is late in many ways: a scrape misses its second, so that a query finds nothing until the next one, and
a part takes longer to answer than a client waits. Both are asked again here.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")

_POLL_SECONDS = 0.1
# What is waited for comes in seconds; a busy machine may need minutes, and only a failure takes all of them.
_PATIENCE_SECONDS = 240.0
# How long one answer is waited for, where the bar of a test is not how soon it comes.
ANSWER_SECONDS = 60.0


def eventually(what: str, find: Callable[[], T], *, seconds: float = _PATIENCE_SECONDS) -> T:
    """Return the first true value of ``find``; fail with ``what`` and the last value when time is up.

    Where no one answers, there is no value yet.
    """
    deadline = time.monotonic() + seconds
    while True:
        last: object
        try:
            if found := find():
                return found
            last = found
        except httpx.TransportError as error:
            last = error
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:.0f} s; last seen: {last!r}"
            raise AssertionError(message)
        time.sleep(_POLL_SECONDS)


def eventually_equal(find: Callable[[], object], expected: object, *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Return when ``find`` gives what is expected; when it never does, both sides are shown."""
    seen: list[object] = []

    def matches() -> bool:
        seen.append(find())
        return bool(seen[-1] == expected)

    try:
        eventually("what is expected", matches, seconds=seconds)
    except AssertionError:
        if not seen:
            raise
        assert seen[-1] == expected
