"""When a scraper last got the whole of /metrics, and a line a minute while that is too long ago.

A Prometheus that hangs in a scrape calls the target up and notices nothing; the exporter sees that no scrape follows.
Loki's rule WatchkeeperNotScraped reads the lines, so that the alert needs no Prometheus.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping

import structlog

log = structlog.get_logger()

# Prometheus, vmagent and Alloy send it with every scrape; curl and browsers do not.
# Source: scrape/scrape.go of Prometheus, lib/promscrape/client.go of VictoriaMetrics.
_SCRAPER_HEADER = "x-prometheus-scrape-timeout-seconds"
# As often as the window of the rule expects.
_REPEAT_SECONDS = 60.0


class ScrapeWatch:
    """Knows when a scrape last ended; 0 ``overdue_seconds`` asks for no line, ``clock`` gives monotonic seconds."""

    def __init__(self, overdue_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._overdue_seconds = overdue_seconds
        self._repeat_seconds = min(_REPEAT_SECONDS, overdue_seconds / 2)
        self._clock = clock
        self._host = socket.gethostname()
        self._last_end = clock()  # the first scrape has as long after the start as each has after the one before

    async def watched(self, answer: AsyncIterator[bytes], headers: Mapping[str, str]) -> AsyncIterator[bytes]:
        """Pass an answer on; one that a scraper asked for counts when all of it was sent."""
        async for piece in answer:
            yield piece
        if _SCRAPER_HEADER in headers:
            self._last_end = self._clock()

    async def run(self) -> None:
        """Check for as long as we run."""
        while self._overdue_seconds:
            pause = self.check()
            await asyncio.sleep(pause)

    def check(self) -> float:
        """Write a line when a scrape is overdue; return the seconds until the next check."""
        since = self._clock() - self._last_end
        if since < self._overdue_seconds:
            return self._overdue_seconds - since
        log.warning("scrape_overdue", seconds_since_scrape=round(since), host=self._host)
        return self._repeat_seconds
