"""The demo as a program: customers come, scenarios change and come back, and trouble is said in a sentence."""

import asyncio
import socket
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from watchkeeper.demo.assistant.build import SHIPPED
from watchkeeper.demo.assistant.desk import DESKS, SUPPORT
from watchkeeper.demo.assistant.prompts import V2
from watchkeeper.demo.current import Current
from watchkeeper.demo.provider.behaviour import USUAL
from watchkeeper.demo.run import Surroundings, deployments, run_demo, surroundings
from watchkeeper.demo.scenarios import STEADY, Scenario, scenario_named
from watchkeeper.demo.season import season
from watchkeeper.demo.traffic import Complaints, send
from watchkeeper.demo.web import add_routes
from watchkeeper.errors import OperationError


def named(name: str) -> Scenario:
    """The scenario of that name."""
    found = scenario_named(name)
    assert found is not None
    return found


def routes(current: Current, *, has_own_provider: bool = True) -> tuple[TestClient, list[str]]:
    """The demo's own routes, and the scenarios that were announced."""
    app, announced = FastAPI(), []

    async def started(scenario: Scenario) -> None:
        announced.append(scenario.name)

    add_routes(app, current, started, has_own_provider=has_own_provider)
    return TestClient(app), announced


def test_orders_are_taken_and_wrong_ones_refused_with_a_sentence() -> None:
    """Which scenarios there are, and what the one that was chosen does."""
    client, announced = routes(Current())

    taken = client.post("/scenario/errors?minutes=5").json()
    unknown = client.post("/scenario/nonsense")
    endless = client.post("/scenario/errors?minutes=99999")
    shown = client.get("/").json()

    assert taken["alert"] == "LLMErrorRateHigh"
    assert "scenario must be one of steady, prompt-v2" in unknown.json()["detail"]
    assert "got 'nonsense'" in unknown.json()["detail"]
    assert "at most 1440, got 99999" in endless.json()["detail"]
    assert shown["scenario"] == "errors"
    assert announced == ["errors"]


def test_the_page_has_a_button_for_each_scenario_and_comes_back_to_itself() -> None:
    """A browser is sent back to the page, which says what is now."""
    client, _ = routes(Current())
    browser = {"accept": "text/html"}

    client.post("/scenario/prompt-v2", headers=browser)
    page = client.get("/", headers=browser).text

    assert "Now: <strong>prompt-v2</strong>" in page
    assert 'action="/scenario/loop"' in page


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"host": "evil.example"}])
def test_no_page_of_another_site_starts_a_scenario(headers: dict[str, str]) -> None:
    """Neither by a form nor by a name of its own for this machine."""
    client, announced = routes(Current())

    assert client.post("/scenario/errors", headers=headers).status_code == 403
    assert announced == []


def test_at_a_real_endpoint_only_the_application_can_be_changed() -> None:
    """The demo does not claim that the provider failed."""
    client, _ = routes(Current(), has_own_provider=False)

    refused = client.post("/scenario/provider-outage")

    assert refused.status_code == 409
    assert "the demo calls a real endpoint" in refused.json()["detail"]
    assert client.post("/scenario/prompt-v2").is_success
    assert 'action="/scenario/provider-outage"' not in client.get("/", headers={"accept": "text/html"}).text


def test_names_that_were_used_before_are_still_taken() -> None:
    """`usual` is what `steady` was called."""
    assert scenario_named("usual") is STEADY
    assert scenario_named("no such scenario") is None


def test_the_steady_scenario_comes_back_by_itself() -> None:
    """A demo that was forgotten does not page for ever; a scenario changes its own services alone."""
    now = [100.0]
    current = Current(lambda: now[0])

    current.change(named("errors"), 5)
    during = current.scenario, current.minutes_left
    own, others = current.behaviour(SUPPORT.service), current.behaviour("demo-shop")
    now[0] += 301

    assert during == (named("errors"), 5)
    assert own.failing_share > 0.3
    assert others == USUAL
    assert (current.scenario, current.minutes_left, current.build(SUPPORT.service)) == (STEADY, 0, SHIPPED)


def test_what_creeps_does_so_in_shortened_time_too() -> None:
    """Half an hour of the rules is half a minute at sixty times the pace."""
    now = [0.0]
    current = Current(lambda: now[0], time_scale=60)
    current.change(named("latency-creep"), 60)

    now[0] += 15
    half = current.behaviour(SUPPORT.service).slowness_factor
    now[0] += 16

    assert half == pytest.approx(2.0)
    assert current.behaviour(SUPPORT.service).slowness_factor == 3.0


def test_a_new_prompt_version_is_announced_as_a_deployment() -> None:
    """By the service that it is of, and in the words of the events' reference."""
    [event] = deployments(DESKS, named("prompt-v2"))

    assert (event["service"], event["kind"], event["version"]) == (SUPPORT.service, "prompt", V2)


def test_the_environment_names_a_real_endpoint() -> None:
    """With the client's own variables; a key alone changes nothing, an address alone is refused."""
    real = surroundings({"OPENAI_BASE_URL": "https://api.example/v1", "OPENAI_API_KEY": "k"}, "http://e", "http://own")
    own = surroundings({"OPENAI_API_KEY": "k", "WATCHKEEPER_TOKEN": "t"}, "http://e", "http://own")

    assert real.model_url("demo-shop") == "https://api.example/v1"
    assert real.model == "gpt-5.4-mini"
    assert own.model_url("demo-shop") == "http://own/providers/demo-shop/v1"
    assert own.headers == {"authorization": "Bearer t"}
    with pytest.raises(OperationError, match="set OPENAI_API_KEY as well"):
        surroundings({"OPENAI_BASE_URL": "https://api.example/v1"}, "http://e", "http://own")


def test_twice_at_once_is_refused_with_a_sentence() -> None:
    """The second demo says what to do, and ends."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]

        with pytest.raises(OperationError, match=f"Port {port} is taken: does the demo run already"):
            run_demo("127.0.0.1", port, "http://e", Current(), 1.0)


@pytest.mark.parametrize(
    ("status", "said"),
    [(None, "exporter_not_reached"), (401, "exporter_asks_for_a_token"), (500, "events_refused"), (200, "")],
)
def test_an_exporter_that_takes_nothing_is_said_once_with_what_to_do(status: int | None, said: str) -> None:
    """It goes on, and does not fill the screen."""

    def answer(request: httpx.Request) -> httpx.Response:
        if status is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status, text="no")

    async def send_twice() -> None:
        complaints, transport = Complaints(), httpx.MockTransport(answer)
        async with httpx.AsyncClient(base_url="http://exporter", transport=transport) as client:
            for _ in range(2):
                await send(client, [{"type": "feedback", "rating": "positive"}], {}, complaints)

    with capture_logs() as logs:
        asyncio.run(send_twice())

    assert [line["event"] for line in logs] == ([said] if said else [])


def test_days_and_weekends_have_their_season() -> None:
    """Busiest after noon, quiet at night, two thirds at weekends, and never nobody."""
    monday, saturday = 1_754_265_600, 1_754_265_600 + 5 * 86_400

    assert season(monday + 14 * 3600) > 1.3 > season(monday + 2 * 3600) * 2 - 0.1
    assert season(saturday + 14 * 3600) == pytest.approx(0.7 * season(monday + 14 * 3600))
    assert min(season(monday + hour * 3600) for hour in range(168)) > 0.4


def test_customers_come_to_every_service_until_it_is_stopped() -> None:
    """Over real sockets: the application calls its own server, events and spans go to the exporter."""
    from threading import Thread

    import uvicorn
    from fastapi import Request

    from watchkeeper.demo.run import build_demo

    taken: list[Any] = []
    exporter = FastAPI()

    @exporter.post("/v1/events")
    async def events(request: Request) -> dict[str, int]:
        taken.extend(await request.json())
        return {}

    @exporter.post("/v1/traces")
    async def traces() -> dict[str, int]:
        return {}

    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (first, second)]
        around = Surroundings(exporter_url=urls[0], own_url=urls[1], pace=20, season=lambda _: 1.0)
        servers = [
            uvicorn.Server(uvicorn.Config(app, log_config=None, loop="asyncio", timeout_graceful_shutdown=1))
            for app in (exporter, build_demo(around, Current()))
        ]
        threads = [
            Thread(target=server.run, args=([listening],))
            for server, listening in zip(servers, (first, second), strict=True)
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 30
        while {event["service"] for event in taken} < {desk.service for desk in DESKS} and time.monotonic() < deadline:
            time.sleep(0.05)
        for server, thread in reversed(list(zip(servers, threads, strict=True))):
            server.should_exit = True
            thread.join()

    assert {event["service"] for event in taken} == {desk.service for desk in DESKS}
