"""Texts into the archive, from a thread of its own: a slow bucket, or none, never holds up ingest."""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

import structlog

from watchkeeper.archive.names import day_of
from watchkeeper.archive.opened import OpenArchive
from watchkeeper.errors import ArchiveError

log = structlog.get_logger()

# What waits for a bucket: as much as for another backend (forward.queue_bytes), a fraction of the exporter's memory.
MOST_WAITING_BYTES = 16 * 1024 * 1024
_DAY = 86_400
_HOUR = 3600.0
# A broken bucket is one line a minute, however much it loses; each loss is counted.
_LINE_SECONDS = 60.0
_LAST_SECONDS = 1.5


class ArchiveWriter:
    """Archives in order; ``offer`` never waits. ``on_lost`` hears the reason of each text that is not archived.

    Objects older than ``days`` are removed once an hour.
    """

    def __init__(self, archive: OpenArchive, days: int, on_lost: Callable[[str], None]) -> None:
        self._archive = archive
        self._days = days
        self.lose = on_lost
        self._waiting: deque[tuple[str, str]] = deque()
        self._size = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closing = False
        self._said_at = self._cleaned_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)

    def start(self) -> None:
        """Begin to archive."""
        self._thread.start()

    def offer(self, key: str, text: str) -> bool:
        """Queue a text; False, and counted, when too much waits."""
        size = len(text)
        with self._lock:
            if self._size + size > MOST_WAITING_BYTES:
                self.lose("queue_full")
                return False
            self._size += size
            self._waiting.append((key, text))
        self._wake.set()
        return True

    def close(self, timeout_seconds: float = _LAST_SECONDS) -> None:
        """Archive what waits for at most so long, and count the rest."""
        self._is_closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        with self._lock:
            for _ in range(len(self._waiting)):
                self._waiting.popleft()
                self.lose("shutdown")

    def _run(self) -> None:
        self._try(self._archive.store.prepare, is_text=False)
        while not (self._is_closing and not self._waiting):
            self._wake.wait(_HOUR)
            self._wake.clear()
            self._clean()
            while (entry := self._next()) is not None:
                self._try(partial(self._archive.put, *entry), is_text=True)

    def _next(self) -> tuple[str, str] | None:
        with self._lock:
            if not self._waiting:
                return None
            entry = self._waiting.popleft()
            self._size -= len(entry[1])
            return entry

    def _clean(self) -> None:
        now = time.monotonic()
        if now - self._cleaned_at > _HOUR:
            self._cleaned_at = now
            oldest = day_of(time.time() - self._days * _DAY)
            self._try(lambda: self._archive.store.remove_before(oldest), is_text=False)

    def _try(self, do: Callable[[], None], *, is_text: bool) -> None:
        try:
            do()
        except ArchiveError as error:
            if is_text:
                self.lose(error.reason)
            self._say(error)

    def _say(self, error: ArchiveError) -> None:
        now = time.monotonic()
        if now - self._said_at > _LINE_SECONDS:
            self._said_at = now
            log.warning("archive_failing", reason=error.reason, problem=str(error))
