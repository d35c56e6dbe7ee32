"""What Prometheus sums up of budgets is what calls cost, on the real exporter: new models, a restart, every answer."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.alertmanager import until
from tests.support.ports import free_address
from tests.support.prometheus import running_prometheus, sums_by, wait_for_scrapes

CONFIG = """
teams: [{name: search, services: [shop]}]
budgets:
  - {name: everything, limit_usd: 100}
  - {name: of-search, limit_usd: 100, period: day, match: {team: [search]}}
"""
CALLS = {
    "before the restart": [
        ("shop", "gpt-old", "0.1"),
        ("bot", "gpt-old", "12.000000001"),
        ("drill-x", "gpt-old", "50"),
    ],
    "after it, with a new model": [("shop", "gpt-new", "0.20000000000001"), ("shop", "gpt-old", "3")],
}
SPENT = {"everything": Decimal("15.30000000100001"), "of-search": Decimal("3.30000000000001")}


@pytest.fixture(scope="module")
def spent(programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of a Prometheus and of an exporter that it has seen before and after a restart."""
    folder = tmp_path_factory.mktemp("exact")
    address = free_address()
    config = {
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
        "scrape_configs": [{"job_name": "exporter", "static_configs": [{"targets": [address]}]}],
    }
    with running_prometheus(programs["prometheus"], folder, config) as prometheus:
        with running_exporter(address, folder) as exporter:
            spend(exporter, prometheus, CALLS["before the restart"])
        with running_exporter(address, folder) as exporter:
            spend(exporter, prometheus, CALLS["after it, with a new model"])
            yield prometheus, exporter


@contextmanager
def running_exporter(address: str, folder: Path) -> Iterator[str]:
    """The exporter as a process of its own, stopped as Docker stops it; gives its base URL."""
    host, port = address.split(":")
    (folder / "watchkeeper.yml").write_text(CONFIG)
    environ = {
        **os.environ,
        "WATCHKEEPER_HOST": host,
        "WATCHKEEPER_PORT": port,
        "WATCHKEEPER_CONFIG": str(folder / "watchkeeper.yml"),
        "WATCHKEEPER_STATE_DIR": str(folder / "state"),
    }
    command = [sys.executable, "-m", "watchkeeper.cli", "serve"]
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: is_up(address))
            yield f"http://{address}"
        finally:
            process.terminate()


def is_up(address: str) -> bool:
    """Whether it answers."""
    try:
        return httpx.get(f"http://{address}/metrics").is_success
    except httpx.TransportError:
        return False


def spend(exporter: str, prometheus: str, calls: list[tuple[str, str, str]]) -> None:
    """Send calls, and wait until a scrape has brought the last of them."""
    until(lambda: bool(sums_by("", prometheus, "up == 1")))
    for service, model, usd in calls:
        call: dict[str, Any] = {"type": "llm_call", "service": service, "model": model, "cost_usd": float(usd)}
        httpx.post(f"{exporter}/v1/events", json=call).raise_for_status()
    known = f'sum(llm_requests_total{{job="exporter"}}) >= {len(calls)}'
    until(lambda: bool(sums_by("", prometheus, known)))
    wait_for_scrapes(prometheus, more=8)


def test_the_sum_over_a_day_is_what_calls_cost(spent: tuple[str, str]) -> None:
    """Of real services; a drill costs no one anything."""
    prometheus, _ = spent

    cost = sums_by("", prometheus, 'sum(increase(llm_cost_dollars_total{service!~"drill-.*"}[1d] anchored))')

    assert cost[""] == pytest.approx(float(SPENT["everything"]), rel=1e-12)


def test_budgets_count_the_same_dollars(spent: tuple[str, str]) -> None:
    """The counter over a day, and the gauge of the period."""
    prometheus, _ = spent
    expected = pytest.approx({name: float(usd) for name, usd in SPENT.items()}, rel=1e-12)

    assert sums_by("budget", prometheus, "sum by (budget) (increase(llm_budget_spend_dollars_total[1d] anchored))") == (
        expected
    )
    assert sums_by("budget", prometheus, "sum by (budget) (llm_budget_period_spend_dollars)") == expected


@pytest.mark.parametrize("budget", SPENT)
def test_a_gateway_is_reported_the_same(spent: tuple[str, str], budget: str) -> None:
    """To a millionth of a dollar."""
    _, exporter = spent

    answer = httpx.post(f"{exporter}/v1/budget/check", json={"budget": budget}).json()["budgets"][0]

    assert answer["spent_usd"] == pytest.approx(float(SPENT[budget]), abs=1e-6)
