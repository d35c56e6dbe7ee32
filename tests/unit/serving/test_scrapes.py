"""Whether a scrape is overdue: only one that ended whole, and that a scraper asked for, is a scrape."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tests.support.alertmanager import until
from tests.support.exporter import run_exporter

from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving.metrics_route import metrics_route
from watchkeeper.serving.scrapes import ScrapeWatch

FROM_A_SCRAPER = {"x-prometheus-scrape-timeout-seconds": "10"}
FROM_A_PERSON = {"user-agent": "curl/8.5.0"}
PIECES = [b"llm_requests_total 1\n", b"# EOF\n"]


class Watched:
    """A watch of two minutes over a clock that the test moves."""

    def __init__(self, overdue_seconds: float = 120) -> None:
        self.now = 1000.0
        self.watch = ScrapeWatch(overdue_seconds, lambda: self.now)

    def scrape(self, headers: Mapping[str, str] = FROM_A_SCRAPER, *, pieces: int = len(PIECES)) -> None:
        """Ask for the metrics and take so many pieces of the answer; with all of them its end is seen, too."""

        async def take() -> list[bytes]:
            answer = self.watch.watched(_answer(), headers)
            if pieces == len(PIECES):
                return [piece async for piece in answer]
            return [await anext(answer) for _ in range(pieces)]

        assert asyncio.run(take()) == PIECES[:pieces]

    def check(self) -> tuple[list[Any], float]:
        """The lines of a check, and the seconds until the next one."""
        structlog.reset_defaults()
        with capture_logs() as lines:
            pause = self.watch.check()
        return lines, pause


async def _answer() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


def test_two_minutes_without_a_scrape_are_a_line_a_minute() -> None:
    """The line says how long it has been and on which machine; the next check is a minute later."""
    watched = Watched()
    watched.scrape()
    watched.now += 120.4

    (line,), pause = watched.check()

    assert (line["event"], line["log_level"], line["seconds_since_scrape"]) == ("scrape_overdue", "warning", 120)
    assert line["host"]
    assert pause == 60


def test_the_check_comes_when_a_scrape_can_be_overdue() -> None:
    """Not before two minutes after the last one ended, and without a line until then."""
    watched = Watched()
    watched.now += 100
    watched.scrape()
    watched.now += 30

    assert watched.check() == ([], 90)


def test_a_start_without_any_scrape_is_overdue_after_two_minutes() -> None:
    """Whoever never scrapes is missed as much as one who stopped."""
    watched = Watched()
    watched.now += 120

    assert [line["event"] for line in watched.check()[0]] == ["scrape_overdue"]


@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        pytest.param(FROM_A_PERSON, 2, id="a person reads the metrics"),
        pytest.param(FROM_A_SCRAPER, 1, id="the scraper goes away in the middle"),
    ],
)
def test_what_is_no_finished_scrape_does_not_count(headers: dict[str, str], pieces: int) -> None:
    """The time goes on as if no one had asked."""
    watched = Watched()
    watched.now += 100
    watched.scrape(headers, pieces=pieces)
    watched.now += 20

    assert [line["event"] for line in watched.check()[0]] == ["scrape_overdue"]


def test_a_scrape_ends_the_lines() -> None:
    """The first one after a gap counts at once."""
    watched = Watched()
    watched.now += 500
    assert watched.check()[0]
    watched.scrape()

    assert watched.check() == ([], 120)


def test_a_longer_limit_still_has_a_line_a_minute() -> None:
    """The rule's window does not know the limit."""
    watched = Watched(overdue_seconds=600)
    watched.now += 600

    assert watched.check()[1] == 60


def test_without_a_limit_nothing_is_watched() -> None:
    """Where no one is expected to scrape, the watch ends at once."""
    asyncio.run(asyncio.wait_for(ScrapeWatch(0).run(), timeout=5))


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_scrape_of_the_route_counts(encoding: str) -> None:
    """Packed or not, an answer to a scraper is a scrape."""
    watched = Watched()
    app = FastAPI()
    app.router.routes.append(
        metrics_route(MetricStore(METRICS), CollectorRegistry(), lambda: None, watched.watch.watched)
    )
    watched.now += 500

    answer = TestClient(app).get("/metrics", headers={**FROM_A_SCRAPER, "accept-encoding": encoding})

    assert answer.is_success
    assert watched.check() == ([], 120)


def test_a_running_exporter_writes_the_line() -> None:
    """Beside the lines of calls, with the labels that the rule asks for; being read by a person changes nothing."""
    with run_exporter({"WATCHKEEPER_SCRAPE_OVERDUE_SECONDS": "1"}) as exporter:
        exporter.exposition()

        line = until(lambda: exporter.lines("scrape_overdue"))[0]

    assert (line["service"], line["level"]) == ("watchkeeper", "warning")
    assert line["seconds_since_scrape"] >= 1
