"""What is reported once a minute of those who spend the most."""

from decimal import Decimal
from typing import Any

import structlog
from structlog.testing import capture_logs
from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.sinks.spenders import SpenderReport
from watchkeeper.exporter.watch.top_spenders import TopSpenders
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Cost

HOUR = 3600


class Minute:
    """A report over spending of the test's own."""

    def __init__(self) -> None:
        self.store = MetricStore(METRICS)
        self.spenders = TopSpenders()
        self.report = SpenderReport(self.spenders, self.store, lambda session: f"hash of {session}")

    def spend(self, usd: int, now: float = NOW, **who: str) -> None:
        """Let someone make a call that costs so much."""
        cost = Cost(usd=Decimal(usd), source="reported", price_date="")
        self.spenders.take(make_call(context=make_context(**who), cost=cost), now)

    def emit(self, now: float = NOW) -> list[Any]:
        """The lines that a report writes."""
        structlog.reset_defaults()
        with capture_logs() as lines:
            self.report.emit(now)
        return lines

    def shown(self) -> dict[tuple[str, ...], float]:
        """The gauges there are."""
        series = self.store.families["llm_top_spender_dollars"].series
        return {values: float(one.value) for values, one in series.items()}


def test_the_most_expensive_are_reported_in_a_line_and_as_gauges() -> None:
    """Users by their hash, sessions hashed now, dollars as text."""
    minute = Minute()
    minute.spend(2, user_hash="u1", session_id="s1")

    (line,) = minute.emit()

    assert line["event"] == "top_spenders_recorded"
    assert line["users"] == [{"hash": "u1", "usd": "2.000000"}]
    assert line["sessions"] == [{"hash": "hash of s1", "usd": "2.000000"}]
    assert minute.shown() == {("user", "u1"): 2.0, ("session", "hash of s1"): 2.0}


def test_a_thousand_users_are_few_series() -> None:
    """Ten get a line's place and a series, whoever else spends."""
    minute = Minute()
    for n in range(1000):
        minute.spend(n + 1, user_hash=f"u{n}")

    (line,) = minute.emit()

    assert [user["hash"] for user in line["users"]] == [f"u{n}" for n in range(999, 989, -1)]
    assert len(minute.shown()) == 10


def test_series_end_when_the_spending_has_ended() -> None:
    """An hour without cost leaves no gauge that reports it, and no line."""
    minute = Minute()
    minute.spend(1, user_hash="u1")
    minute.emit()

    lines = minute.emit(NOW + 2 * HOUR)

    assert lines == []
    assert minute.shown() == {}
