"""Polling with a deadline; nothing here sleeps for a fixed time and hopes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.1
# What is waited for comes in seconds; a busy machine may need minutes, and only a failure takes all of them.
_PATIENCE_SECONDS = 240.0


def eventually(what: str, find: Callable[[], T], *, seconds: float = _PATIENCE_SECONDS) -> T:
    """Return the first true value of ``find``; fail with ``what`` and the last value when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:.0f} s; last seen: {found!r}"
            raise AssertionError(message)
        time.sleep(_POLL_SECONDS)
