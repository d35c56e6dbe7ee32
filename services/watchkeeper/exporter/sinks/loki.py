"""Lines straight to Loki, for a stack without Promtail: queued as for standard output, pushed by a thread of their own.

A batch is tried until Loki takes or refuses it; meanwhile the queue grows to its limit, and what finds it full is
dropped and counted.
"""

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

import httpx
import structlog

from watchkeeper.engines.push import PUSH_PATH, push_request
from watchkeeper.serving.lines import LineWriter

log = structlog.get_logger()

# As Promtail does it: a megabyte a push, half a second to half a minute between tries.
_MAX_PUSH_BYTES = 1024 * 1024
_FIRST_DELAY_SECONDS = 0.5
_MAX_DELAY_SECONDS = 30.0
# Lines of a fifth of a second share a push; who looks for a call has not typed its name by then.
_PAUSE_SECONDS = 0.2
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class LineMeter(Protocol):
    """Hears what became of lines; the store's families in the end."""

    def pushed(self, count: int, /) -> None:
        """So many lines are in Loki."""
        ...

    def lost(self, reason: str, count: int, /) -> None:
        """So many lines will never be there."""
        ...


class LokiLines:
    """Pushes lines in order; ``write`` never waits, ``close`` gives each waiting batch one more try."""

    def __init__(self, url: str, *, client: httpx.Client, meter: LineMeter) -> None:
        self._push = _Push(url, client, meter)
        self._writer = LineWriter(self._push, lambda: meter.lost("queue_full", 1))

    def write(self, line: bytes) -> None:
        """Queue one line."""
        self._writer.write(line)

    def close(self) -> None:
        """Push what waits, then stop; a Loki that is away is not waited for."""
        self._push.hurry()
        self._writer.close()


class _Push:
    """What a LineWriter takes for its stream: returns once the lines are in Loki, refused or given up."""

    def __init__(self, url: str, client: httpx.Client, meter: LineMeter) -> None:
        self._url = url + PUSH_PATH
        self._client = client
        self._meter = meter
        self._is_closing = threading.Event()

    def write(self, batch: bytes, /) -> None:
        """Push lines, each ended by a newline."""
        for lines in _parts(batch.splitlines()):
            self._deliver(lines)
        self._is_closing.wait(_PAUSE_SECONDS)

    def flush(self) -> None:
        """Nothing is held back."""

    def hurry(self) -> None:
        """Wait no longer between tries: the next failed one is the last."""
        self._is_closing.set()

    def _deliver(self, lines: Sequence[bytes]) -> None:
        body = push_request(lines)
        delay = _FIRST_DELAY_SECONDS
        while problem := self._try(body, len(lines)):
            if delay == _FIRST_DELAY_SECONDS:
                log.warning("loki_push_failing", problem=problem)
            if self._is_closing.wait(delay):
                self._meter.lost("shutdown", len(lines))
                return
            delay = min(2 * delay, _MAX_DELAY_SECONDS)
        if delay > _FIRST_DELAY_SECONDS:
            log.info("loki_push_recovered")

    def _try(self, body: bytes, count: int) -> str:
        """Push once; return why it should be tried again, or nothing when its fate is decided."""
        try:
            answer = self._client.post(self._url, content=body, headers={"Content-Type": "application/json"})
        except httpx.TransportError as error:
            return type(error).__name__
        if answer.status_code == _TOO_MANY_REQUESTS or answer.status_code >= _SERVER_ERROR:
            return str(answer.status_code)
        if answer.is_success:
            self._meter.pushed(count)
        else:
            self._meter.lost("refused", count)
        return ""


def _parts(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The lines in pieces of at most ``_MAX_PUSH_BYTES``; no line is as long as that."""
    start = size = 0
    for place, line in enumerate(lines):
        if size + len(line) > _MAX_PUSH_BYTES:
            yield lines[start:place]
            start, size = place, 0
        size += len(line)
    yield lines[start:]
