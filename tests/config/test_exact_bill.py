"""The bill of a month on a real Prometheus, against the counters of exporters that restart, stop and come new."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from tests.support.alertmanager import until
from tests.support.counters import Counters, counting
from tests.support.prometheus import running_prometheus, sums_by, wait_for_scrapes

from watchkeeper.engines.windows import Window
from watchkeeper.operator.showback.bill import make_bill
from watchkeeper.operator.showback.spending import Spending

COST, CALLS = "llm_cost_dollars", "llm_requests"
UNPRICED = "llm_unpriced_requests"


@dataclass
class Month:
    """A Prometheus, the exporters that it scrapes, and what they counted in all."""

    url: str
    exporters: tuple[Counters, ...]
    started: float
    usd: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def spend(self, exporter: Counters, team: str, tenant: str, usd: str) -> None:
        """Count one call."""
        labels = {"service": "bot", "team": team, "tenant": tenant}
        exporter.add(COST, labels, Decimal(usd))
        exporter.add(CALLS, {**labels, "status": "ok"}, Decimal(1))
        self.usd[team, tenant] = self.usd.get((team, tenant), Decimal(0)) + Decimal(usd)

    def scraped(self) -> None:
        """Wait until all that was counted is stored."""
        wait_for_scrapes(self.url, more=2 * len(self.exporters) + 1)

    def sums(self, place: int) -> dict[str, Decimal]:
        """What each team (0) or tenant (1) spent."""
        found: dict[str, Decimal] = {}
        for key, usd in self.usd.items():
            found[key[place]] = found.get(key[place], Decimal(0)) + usd
        return found


@pytest.fixture(scope="module")
def month(programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Two replicas; one restarts with less than before, the other goes on after a clean stop; a tenant comes late."""
    with ExitStack() as exits:
        exporters = tuple(exits.enter_context(counting()) for _ in range(2))
        config = {
            "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
            "scrape_configs": [
                {"job_name": "exporter", "static_configs": [{"targets": [one.address for one in exporters]}]}
            ],
        }
        folder = tmp_path_factory.mktemp("bill")
        url = exits.enter_context(running_prometheus(programs["prometheus"], folder, config))
        found = Month(url=url, exporters=exporters, started=time.time())
        first, second = exporters
        found.scraped()
        found.spend(first, "search", "acme", "1000.105")
        found.spend(second, "search", "acme", "0.3333333")
        found.spend(second, "unassigned", "", "2.005")
        second.add(UNPRICED, {"provider": "p", "model": "m", "reason": "unknown_model"}, Decimal(3))
        second.add(COST, {"service": "drill-1", "team": "search", "tenant": ""}, Decimal(99))
        found.scraped()
        first.crash()
        second.stop_for(lambda: until(lambda: sums_by("", url, "count(up == 0)")))
        found.spend(first, "search", "acme", "7.015")
        found.spend(second, "search", "late", "0.105")
        found.scraped()
        first.crash()
        found.spend(first, "chat", "late", "0.0049")
        found.spend(second, "unassigned", "", "1.1")
        found.scraped()
        yield found


def spending(client: httpx.Client, month: Month) -> tuple[Spending, Window]:
    """Return who asks, and the window that began before the first call."""
    return Spending(client, month.url), Window(start=month.started - 60, end=time.time())


@pytest.mark.parametrize(("by", "place"), [("team", 0), ("tenant", 1)])
def test_a_bill_is_what_the_exporters_counted(month: Month, by: str, place: int) -> None:
    """To the cent, over restarts of both kinds and replicas; drills cost no one anything."""
    with httpx.Client(timeout=10) as client:
        asks, window = spending(client, month)
        found = asks.by_label(by, window)
        unpriced = asks.unpriced(window)
        whole = asks.whole(window)
    bill = make_bill("2026-11", by, found, unpriced, [])

    expected = month.sums(place)
    assert {name: one.usd for name, one in found.items()} == {
        name: pytest.approx(usd, abs=Decimal("1e-9")) for name, usd in expected.items()
    }
    assert bill.total_usd == round(sum(expected.values(), Decimal(0)), 2) == round(whole.usd or Decimal(0), 2)
    assert sum(one.calls or 0 for one in found.values()) == whole.calls == 7
    assert unpriced == {"p m (unknown_model)": 3}


def test_pieces_sum_up_to_the_whole(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Prometheus refuses a month at once: the value at each seam is counted once."""
    with httpx.Client(timeout=10) as client:
        asks, window = spending(client, month)
        whole = asks.by_label("tenant", window)
        asked: list[float] = []

        def refuse_most(request: httpx.Request) -> None:
            form = dict(httpx.QueryParams(request.content.decode()))
            seconds = float(form["query"].split("[")[1].split("ms]")[0]) / 1000
            asked.append(seconds)
            if seconds > 4:
                raise httpx.ReadTimeout("timed out")

        client.event_hooks["request"] = [refuse_most]
        monkeypatch.setattr("watchkeeper.engines.increases._LEAST_SECONDS", 1.0)
        pieces = asks.by_label("tenant", window)

    assert len(asked) > 20
    assert {name: one.usd for name, one in pieces.items()} == {
        name: pytest.approx(one.usd, abs=Decimal("1e-9")) for name, one in whole.items()
    }


def test_a_month_before_the_first_samples_is_reported(month: Month) -> None:
    """What Prometheus does not have is not zero dollars."""
    with httpx.Client(timeout=10) as client:
        asks, window = spending(client, month)

        assert asks.has_beginning(window)
        assert not asks.has_beginning(Window(start=window.start - 40 * 86_400, end=window.end))
    assert sums_by("", month.url, "count(up)")[""] == len(month.exporters)
