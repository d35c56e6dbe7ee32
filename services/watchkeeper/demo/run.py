"""The demo as a program: the model server, the services that call it, and the page that changes the scenario."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Timer
from types import FrameType

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI

from watchkeeper.demo.assistant.conversation import Assistant, Event
from watchkeeper.demo.assistant.desk import DESKS, Desk
from watchkeeper.demo.assistant.telemetry import exporter_of_spans, instrument, tracers_of
from watchkeeper.demo.current import Current
from watchkeeper.demo.provider.server import build_provider
from watchkeeper.demo.scenarios import STEADY, Scenario
from watchkeeper.demo.season import season
from watchkeeper.demo.traffic import Complaints, Visitors, send, visit
from watchkeeper.demo.web import add_routes
from watchkeeper.errors import OperationError

log = structlog.get_logger()

_ANSWER_SECONDS = 10.0
# A real endpoint costs money: a conversation in half a minute, three calls of a small model.
_REAL_PER_SECOND = 1 / 30
_REAL_MODEL = "gpt-5.4-mini"
_NO_KEY = "demo"
_LAST_SPANS_SECONDS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where telemetry goes, where the demo listens, and the real endpoint that it calls, if one is named.

    ``say`` takes a line for each conversation.
    """

    exporter_url: str
    own_url: str
    token: str = ""
    openai_url: str = ""
    openai_key: str = ""
    model: str = ""
    pace: float = 1.0
    season: Callable[[float], float] = season
    desks: Sequence[Desk] = field(default=DESKS)
    say: Callable[[str], None] = lambda _: None

    @property
    def headers(self) -> Mapping[str, str]:
        """What shows the exporter who sends."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def has_own_provider(self) -> bool:
        """Whether the model server is the demo's own."""
        return not self.openai_url

    def model_url(self, service: str) -> str:
        """Where a service's model is: each has a server of its own, which can be different from the others'."""
        return self.openai_url or f"{self.own_url}/providers/{service}/v1"


def surroundings(environ: Mapping[str, str], exporter_url: str, own_url: str) -> Surroundings:
    """What the environment says.

    Raises: OperationError when a real endpoint is named without a key.
    """
    url, key = environ.get("OPENAI_BASE_URL", ""), environ.get("OPENAI_API_KEY", "")
    if url and not key:
        raise OperationError("OPENAI_BASE_URL names a real endpoint: set OPENAI_API_KEY as well, or unset both")
    model = environ.get("DEMO_MODEL", "") or (_REAL_MODEL if url else "")
    token = environ.get("WATCHKEEPER_TOKEN", "")
    return Surroundings(
        exporter_url=exporter_url,
        own_url=own_url,
        token=token,
        openai_url=url,
        openai_key=key,
        model=model,
    )


def build_demo(around: Surroundings, current: Mapping[str, Current] | Current) -> FastAPI:
    """The web application; customers come for as long as it runs. A mapping gives each service its own scenario."""
    of_service = {
        desk.service: current if isinstance(current, Current) else current[desk.service] for desk in around.desks
    }

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as exits:
            app.state.exporter = await exits.enter_async_context(
                httpx.AsyncClient(base_url=around.exporter_url, timeout=_ANSWER_SECONDS, trust_env=False)
            )
            visitors = [_visitors(around, desk, of_service[desk.service], app.state.exporter) for desk in around.desks]
            for one in visitors:
                exits.push_async_callback(one.assistant.client.close)
            visits = [asyncio.create_task(visit(one)) for one in visitors]
            yield
            for task in visits:
                task.cancel()
            await asyncio.gather(*visits, return_exceptions=True)

    app = FastAPI(title="Demo", openapi_url=None, lifespan=lifespan)
    for service, its in of_service.items():
        app.mount(f"/providers/{service}/v1", build_provider(partial(its.behaviour, service)))

    async def started(scenario: Scenario, before: Scenario) -> None:
        log.info("scenario_changed", scenario=scenario.name)
        await send(app.state.exporter, deployments(around.desks, scenario, before), around.headers, Complaints())

    if isinstance(current, Current):
        add_routes(app, current, started, has_own_provider=around.has_own_provider)
    return app


def _visitors(around: Surroundings, desk: Desk, current: Current, exporter: httpx.AsyncClient) -> Visitors:
    instrument()
    spans = exporter_of_spans(around.exporter_url, dict(around.headers))
    client = AsyncOpenAI(base_url=around.model_url(desk.service), api_key=around.openai_key or _NO_KEY, max_retries=0)
    return Visitors(
        assistant=Assistant(desk=desk, client=client, tracers=tracers_of(desk, spans)),
        build=lambda: current.build(desk.service),
        exporter=exporter,
        headers=around.headers,
        model=around.model,
        season=around.season,
        say=around.say,
        conversations_per_second=around.pace
        * (desk.conversations_per_second if around.has_own_provider else _REAL_PER_SECOND),
    )


def deployments(desks: Sequence[Desk], scenario: Scenario, before: Scenario = STEADY) -> list[Event]:
    """What teams would announce of a scenario: another version of a prompt, in the moment in which it goes out.

    What goes wrong by itself, as an outage does, is announced by no one.
    """
    return [
        {
            "type": "deployment",
            "kind": "prompt",
            "service": desk.service,
            "team": desk.team,
            "name": desk.prompt,
            "version": scenario.build_of(desk.service).prompt_version,
        }
        for desk in desks
        if scenario.build_of(desk.service).prompt_version != before.build_of(desk.service).prompt_version
    ]


class _Server(uvicorn.Server):
    """A server that ends when it is asked to, and at once when it is asked again."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking requests. Those that are cut off are no errors, and their traces help nobody."""
        if self.should_exit:
            _end_at_once(sig, frame)
        self.should_exit = True
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def _end_at_once(sig: int, _frame: FrameType | None) -> None:
    # Exit code as a shell reports a signal.
    os._exit(128 + sig)


def run_demo(host: str, port: int, around: Surroundings, current: Current) -> None:
    """Run until asked to stop.

    Raises: OperationError when the port is taken, which another demo may have.
    """
    try:
        # It listens from here on: customers come while the server still starts, and wait instead of being refused.
        listening = socket.create_server((host, port))
    except OSError as problem:
        raise OperationError(
            f"Port {port} is taken: does the demo run already? Stop it, or set DEMO_PORT to another port"
        ) from problem
    with listening:
        app = build_demo(around, current)
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        # Who asks again while it ends does not wait for that.
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, _end_at_once)
        server.run(sockets=[listening])
    # The last spans are sent then, which takes long where no exporter answers.
    last = Timer(_LAST_SPANS_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()
