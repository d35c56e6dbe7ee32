"""Lines to standard output, or to what takes its place, from a thread of their own.

A slow reader never holds up ingest.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

# About 100 MB of ordinary lines: minutes of a stalled log driver, not an endless queue.
_MAX_WAITING = 100_000
_BATCH = 1000
# Of the ten seconds that Docker gives a stopping process; there may be two writers.
_LAST_SECONDS = 1.5


class Stream(Protocol):
    """Standard output, or what takes its place."""

    def write(self, batch: bytes, /) -> object:
        """Take lines, each ended by a newline; may wait."""
        ...

    def flush(self) -> object:
        """Hold nothing back."""
        ...


class LineWriter:
    """Writes lines in order; when ``_MAX_WAITING`` wait, new ones are dropped and ``on_drop`` is called."""

    def __init__(self, stream: Stream, on_drop: Callable[[], None]) -> None:
        self._stream = stream
        self._on_drop = on_drop
        self._waiting: deque[bytes] = deque()
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Queue one line, without its newline."""
        if len(self._waiting) >= _MAX_WAITING:
            self._on_drop()
            return
        self._waiting.append(line)
        if not self._wake.is_set():  # asking costs a tenth of waking, and the thread looks again before it sleeps
            self._wake.set()

    def close(self, timeout_seconds: float = _LAST_SECONDS) -> None:
        """Write what waits, then stop."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._drain()
            if self._is_closing and not self._waiting:
                return

    def _drain(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), _BATCH)
            batch = b"\n".join([self._waiting.popleft() for _ in range(count)]) + b"\n"
            try:
                self._stream.write(batch)
                self._stream.flush()
            except (OSError, ValueError):  # the reader is gone: no one is left to report to
                for _ in range(count):
                    self._on_drop()
