"""The demo as a program: customers come, scenarios change and come back, and trouble is said in a sentence."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.support.serving import served

from watchkeeper.demo.assistant.build import SHIPPED
from watchkeeper.demo.assistant.desk import DESKS, SUPPORT
from watchkeeper.demo.assistant.prompts import V2
from watchkeeper.demo.current import Current
from watchkeeper.demo.provider.behaviour import USUAL
from watchkeeper.demo.run import Surroundings, build_demo, deployments, run_demo, surroundings
from watchkeeper.demo.scenarios import STEADY, Scenario, scenario_named
from watchkeeper.demo.season import season
from watchkeeper.demo.traffic import Complaints, line_of, send
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

    async def started(scenario: Scenario, before: Scenario) -> None:
        announced.append(f"{before.name} to {scenario.name}")

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
    assert announced == ["steady to errors"]


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


def test_no_deployment_is_announced_where_none_was() -> None:
    """An outage is no deployment, and neither is a scenario that goes on; the way back to version 1 is one."""
    outage, v2 = named("provider-outage"), named("prompt-v2")

    [back] = deployments(DESKS, STEADY, v2)

    assert deployments(DESKS, outage) == deployments(DESKS, v2, v2) == []
    assert (back["service"], back["version"]) == (SUPPORT.service, SHIPPED.prompt_version)


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
            run_demo("127.0.0.1", port, Surroundings(exporter_url="http://e", own_url="http://own"), Current())


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


def test_an_exporter_that_comes_back_is_said_and_gets_what_comes_then() -> None:
    """A connection that broke is no reason to give up; a quiet one is no reason to speak."""
    replies = iter([httpx.ConnectError("refused"), httpx.RemoteProtocolError("closed"), 200, 200])

    def answer(_: httpx.Request) -> httpx.Response:
        reply = next(replies)
        if isinstance(reply, httpx.HTTPError):
            raise reply
        return httpx.Response(reply)

    with capture_logs() as logs:
        taken = asyncio.run(sent(answer, 4, Complaints()))

    assert taken == [False, False, True, True]
    assert [line["event"] for line in logs] == ["exporter_not_reached", "exporter_takes_events_again"]


async def sent(answer: Callable[[httpx.Request], httpx.Response], times: int, complaints: Complaints) -> list[bool]:
    """Whether an exporter that answers so took events, each time."""
    async with httpx.AsyncClient(base_url="http://exporter", transport=httpx.MockTransport(answer)) as client:
        return [await send(client, [{"type": "feedback"}], {}, complaints) for _ in range(times)]


def test_an_exporter_that_takes_every_second_event_does_not_fill_the_screen() -> None:
    """A line of each kind in a minute, and none about the exporter for a conversation that failed by itself."""
    replies = cycle([200, 429])

    async def flapping() -> None:
        complaints = Complaints()
        complaints.say("conversation_failed")
        await sent(lambda _: httpx.Response(next(replies)), 20, complaints)
        complaints.say("conversation_failed")

    with capture_logs() as logs:
        asyncio.run(flapping())

    assert [line["event"] for line in logs] == ["conversation_failed", "events_refused", "exporter_takes_events_again"]


@pytest.mark.parametrize(
    ("branch", "taken", "said"),
    [
        ("answer", True, "demo-shop: Where is it? answered"),
        ("person", True, "demo-shop: Where is it? handed to a person"),
        ("answer", False, "demo-shop: Where is it? answered, not taken by the exporter"),
        ("", True, "demo-shop: Where is it? no answer"),
    ],
)
def test_each_conversation_is_a_line(branch: str, taken: bool, said: str) -> None:
    """What was asked, and what became of it."""
    decided = [{"type": "branch_decision", "node": "confidence", "branch": branch}] if branch else []
    events = [{"type": "branch_decision", "node": "intent", "branch": "order_status"}, *decided]

    assert line_of("demo-shop", "Where is it?", events, taken=taken) == said


def test_days_and_weekends_have_their_season() -> None:
    """Busiest after noon, quiet at night, two thirds at weekends, and never nobody."""
    monday, saturday = 1_754_265_600, 1_754_265_600 + 5 * 86_400

    assert season(monday + 14 * 3600) > 1.3 > season(monday + 2 * 3600) * 2 - 0.1
    assert season(saturday + 14 * 3600) == pytest.approx(0.7 * season(monday + 14 * 3600))
    assert min(season(monday + hour * 3600) for hour in range(168)) > 0.4


def exporter_into(taken: list[Any]) -> FastAPI:
    """An exporter that takes events."""
    exporter = FastAPI()

    @exporter.post("/v1/events")
    async def events(request: Request) -> dict[str, int]:
        taken.extend(await request.json())
        return {}

    @exporter.post("/v1/traces")
    async def traces() -> dict[str, int]:
        return {}

    return exporter


def services_within(taken: list[Any]) -> set[str]:
    """The services that sent events, once all have."""
    deadline = time.monotonic() + 30
    everyone = {desk.service for desk in DESKS}
    while (found := {event["service"] for event in taken}) < everyone and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_customers_come_to_every_service_also_when_the_exporter_restarts() -> None:
    """Over real sockets: the application calls its own server, events and spans go to the exporter, old or new."""
    everyone, said = {desk.service for desk in DESKS}, list[str]()
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        address = first.getsockname()
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (first, second)]
        around = Surroundings(exporter_url=urls[0], own_url=urls[1], pace=20, season=lambda _: 1.0, say=said.append)
        before, after = list[Any](), list[Any]()
        with ExitStack() as demo:
            with served(exporter_into(before), first):
                demo.enter_context(served(build_demo(around, Current()), second))
                assert services_within(before) == everyone
            with socket.create_server(address) as again, served(exporter_into(after), again):
                assert services_within(after) == everyone
                demo.close()

    assert {line.partition(":")[0] for line in said} == everyone


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
def test_ctrl_c_ends_it_with_a_sentence_and_no_traceback(tmp_path: Path, again: bool) -> None:
    """Conversations are under way and no exporter answers; who asks again does not wait."""
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as away:
        port, exporter_port = free.getsockname()[1], away.getsockname()[1]
    command = [sys.executable, "-m", "watchkeeper.cli", "demo", "--pace", "20", "--scenario", "timeouts"]
    environ = {**os.environ, "DEMO_PORT": str(port), "WATCHKEEPER_EXPORTER_URL": f"http://127.0.0.1:{exporter_port}"}
    with (tmp_path / "out").open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environ) as demo:
        deadline = time.monotonic() + 240
        while "exporter_not_reached" not in (tmp_path / "out").read_text():
            assert demo.poll() is None, (tmp_path / "out").read_text()
            assert time.monotonic() < deadline, (tmp_path / "out").read_text()
            time.sleep(0.05)
        demo.send_signal(signal.SIGINT)
        while again and demo.poll() is None:
            demo.send_signal(signal.SIGINT)
            time.sleep(0.02)
    said = (tmp_path / "out").read_text()

    assert f"The demo is at http://127.0.0.1:{port} and sends to http://127.0.0.1:{exporter_port}; Ctrl-C" in said
    assert "Traceback" not in said
    assert again or (demo.returncode, said.splitlines()[-1]) == (
        0,
        "The demo has ended; what it sent stays in the stack.",
    )
    assert demo.returncode in (0, 130)
