"""Sums of money on a real Prometheus: exact, from a counter's first value on and across its restart."""

import http.server
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.support.prometheus import running_prometheus, sums_by, wait_for_scrapes

ROOT = Path(__file__).parents[2]
METRIC = "llm_cost_dollars"
RULES = ROOT / "prometheus/rules/recording/usage.yml"


class Target(http.server.ThreadingHTTPServer):
    """A scraped target whose counters the test sets; each is its value and when it was created."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exposition)
        self.counters: dict[str, tuple[float, float]] = {}

    def exposition(self) -> bytes:
        """Return OpenMetrics, as the exporter gives it."""
        lines = [f"# TYPE {METRIC} counter"]
        for model, (value, created) in self.counters.items():
            labels = f'{{service="bot",team="t",provider="p",model="{model}"}}'
            lines += [f"{METRIC}_total{labels} {value!r}", f"{METRIC}_created{labels} {created!r}"]
        return "\n".join([*lines, "# EOF", ""]).encode()


class _Exposition(http.server.BaseHTTPRequestHandler):
    server: Target

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.exposition())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def target() -> Iterator[Target]:
    """A target that is served in the background."""
    with Target() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def prometheus(programs: dict[str, Path], target: Target, tmp_path: Path) -> Iterator[str]:
    """A Prometheus that scrapes the target four times a second."""
    config = {
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
        "scrape_configs": [
            {"job_name": "exporter", "static_configs": [{"targets": [f"127.0.0.1:{target.server_port}"]}]}
        ],
    }
    with running_prometheus(programs["prometheus"], tmp_path, config) as url:
        yield url


def expression(record: str) -> str:
    """Return the shipped expression of a recording rule, down to the counters that it adds up."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    shipped = {str(rule["record"]): str(rule["expr"]) for group in groups for rule in group["rules"]}
    expr = shipped[record]
    while read := next((name for name in shipped if re.search(rf"(?<![\w:]){name}", expr)), None):
        expr = expr.replace(read, shipped[read])
    return expr


def test_the_sum_of_an_hour_is_what_was_spent(prometheus: str, target: Target) -> None:
    """First calls that come in the middle count whole, and so does what comes after a restart."""
    started = time.time()
    wait_for_scrapes(prometheus, more=3)
    target.counters["old"] = (5.25, time.time())
    wait_for_scrapes(prometheus, more=3)
    target.counters["new"] = (0.0123456789, time.time())
    target.counters["old"] = (8.5, target.counters["old"][1])
    wait_for_scrapes(prometheus, more=3)
    # The process restarts: its counter is younger and smaller than before.
    target.counters["old"] = (2.0, time.time())
    wait_for_scrapes(prometheus, more=3)
    target.counters["old"] = (4.125, target.counters["old"][1])
    wait_for_scrapes(prometheus, more=3)

    assert time.time() - started < 3600
    by_model = sums_by("model", prometheus, expression("service_model:llm_cost_dollars:increase1h"))
    assert by_model == pytest.approx({"old": 8.5 + 4.125, "new": 0.0123456789}, rel=1e-12)
    whole = sums_by("model", prometheus, expression("service:llm_cost_dollars:increase1h"))
    assert whole == pytest.approx({"": 8.5 + 4.125 + 0.0123456789}, rel=1e-12)


@pytest.mark.parametrize("metric", [METRIC, "llm_budget_spend_dollars"])
def test_every_sum_of_money_is_asked_for_exactly(metric: str) -> None:
    """Without the modifier Prometheus extrapolates to the edges of the window."""
    rules = "".join(file.read_text(encoding="utf-8") for file in RULES.parent.glob("*.yml"))
    windows = re.findall(rf"increase\({metric}_total\[[^]]*\]([^)]*)\)", rules)

    assert windows
    assert set(windows) == {" anchored"}
