"""The demo as a program: it talks to the exporter, and its scenario changes and comes back."""

import time

import httpx
import msgspec
from fastapi.testclient import TestClient

from watchkeeper.demo.run import Temper, build_demo
from watchkeeper.demo.scenarios import USUAL, scenario_named


class Exporter:
    """Remembers what was sent to it."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, object]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Take a batch."""
        self.batches.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json={"accepted": 1, "rejected": 0})


def test_it_sends_conversations_for_as_long_as_it_runs() -> None:
    """To the route of native events, without being asked."""
    exporter = Exporter()
    demo = build_demo(Temper(), "http://exporter", httpx.MockTransport(exporter))
    deadline = time.monotonic() + 20

    with TestClient(demo):
        while not exporter.batches and time.monotonic() < deadline:
            time.sleep(0.01)

    assert exporter.batches[0][0]["service"] == "demo-support"


def test_an_exporter_that_is_away_does_not_end_it() -> None:
    """It goes on and says so; orders are still taken."""

    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with TestClient(build_demo(Temper(), "http://exporter", httpx.MockTransport(refused))) as client:
        assert client.get("/").json()["scenario"] == "usual"


def test_orders_are_taken_and_wrong_ones_reported() -> None:
    """Which scenarios there are, and what the one that was chosen does."""
    temper = Temper()
    with TestClient(build_demo(temper, "http://exporter", httpx.MockTransport(Exporter()))) as client:
        taken = client.post("/scenario/errors?minutes=5").json()
        unknown = client.post("/scenario/nonsense")
        endless = client.post("/scenario/errors?minutes=99999")
        shown = client.get("/").json()

    assert taken["alert"] == "LLMErrorRateHigh"
    assert "got 'nonsense'" in unknown.json()["detail"]
    assert "at most 1440, got 99999" in endless.json()["detail"]
    assert shown["scenario"] == "errors"


def test_the_usual_scenario_comes_back_by_itself() -> None:
    """A demo that was forgotten does not page forever."""
    now = [100.0]
    temper = Temper(lambda: now[0])
    errors = scenario_named("errors")
    assert errors is not None

    temper.change(errors, 5)
    during, left = temper.scenario, temper.minutes_left
    now[0] += 301

    assert (during, left) == (errors, 5)
    assert (temper.scenario, temper.minutes_left) == (USUAL, 0)
