"""Where lines go: to standard output always, and straight to Loki where that is asked for."""

import time
from typing import BinaryIO, Protocol

import httpx

from watchkeeper.exporter.sinks.loki import LokiLines
from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving.lines import LineWriter

_PUSH_TIMEOUT = httpx.Timeout(10.0, connect=2.0)


class Output(Protocol):
    """Takes lines without waiting."""

    def write(self, line: bytes, /) -> None:
        """Queue one line, without its newline."""
        ...

    def close(self) -> None:
        """Write what waits, then stop."""
        ...


class Both:
    """Two outputs that get every line."""

    def __init__(self, first: Output, second: Output) -> None:
        self._outputs = (first, second)

    def write(self, line: bytes) -> None:
        """Queue one line in both."""
        for output in self._outputs:
            output.write(line)

    def close(self) -> None:
        """Write what waits, one after the other."""
        for output in self._outputs:
            output.close()


class StoreLineMeter:
    """Counts what becomes of pushed lines in the store."""

    def __init__(self, store: MetricStore) -> None:
        self._pushed = store.families["watchkeeper_lines_pushed_total"]
        self._dropped = store.families["watchkeeper_ingest_dropped_total"]

    def pushed(self, count: int, /) -> None:
        """Count lines that are in Loki."""
        self._pushed.add((), count, time.time())

    def lost(self, reason: str, count: int, /) -> None:
        """Count lines that will never be there."""
        self._dropped.add(("loki", reason), count, time.time())


def open_lines(stream: BinaryIO, loki_push_url: str, store: MetricStore) -> Output:
    """Return what takes the lines; an empty address of Loki means standard output alone."""
    store.families["watchkeeper_line_push_configured"].set((), int(bool(loki_push_url)))
    dropped = store.families["watchkeeper_ingest_dropped_total"]
    written = LineWriter(stream, lambda: dropped.add(("logs", "queue_full"), 1, time.time()))
    if not loki_push_url:
        return written
    client = httpx.Client(timeout=_PUSH_TIMEOUT, trust_env=False)
    return Both(written, LokiLines(loki_push_url, client=client, meter=StoreLineMeter(store)))
