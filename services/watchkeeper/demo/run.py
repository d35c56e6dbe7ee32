"""The demo as a program: sends conversations to the exporter, and takes its scenario over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI, HTTPException

from watchkeeper.demo.conversations import conversation
from watchkeeper.demo.scenarios import SCENARIOS, USUAL, Scenario, scenario_named

log = structlog.get_logger()

# Enough for every rate of every rule, and about a dollar's worth of calls in an hour.
_CONVERSATIONS_PER_SECOND = 3.0
_ANSWER_SECONDS = 10.0
_LONGEST_MINUTES = 24 * 60


class Temper:
    """The scenario of now, and when the usual one comes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._scenario = USUAL
        self._until = 0.0

    def change(self, scenario: Scenario, minutes: float) -> None:
        """Take a scenario for some minutes."""
        self._scenario, self._until = scenario, self._clock() + minutes * 60

    @property
    def scenario(self) -> Scenario:
        """What holds now."""
        return self._scenario if self._clock() < self._until else USUAL

    @property
    def minutes_left(self) -> float:
        """For how long it holds; 0 for the usual one."""
        return max(0.0, (self._until - self._clock()) / 60)


def build_demo(temper: Temper, exporter_url: str, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The web application; it talks to the exporter for as long as it runs."""

    @asynccontextmanager
    async def talking(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_talk(temper, exporter_url, transport))
        yield
        task.cancel()

    app = FastAPI(title="Demo", openapi_url=None, lifespan=talking)

    @app.get("/")
    async def show() -> dict[str, Any]:
        scenarios = {scenario.name: scenario.effect for scenario in SCENARIOS}
        return {"scenario": temper.scenario.name, "minutes_left": round(temper.minutes_left, 1), "scenarios": scenarios}

    @app.post("/scenario/{name}")
    async def change(name: str, minutes: float = 15) -> dict[str, Any]:
        scenario = scenario_named(name)
        if scenario is None:
            raise HTTPException(
                404, f"scenario must be one of {', '.join(item.name for item in SCENARIOS)}, got {name!r}"
            )
        if not 0 < minutes <= _LONGEST_MINUTES:
            raise HTTPException(422, f"minutes must be > 0 and at most {_LONGEST_MINUTES}, got {minutes:g}")
        temper.change(scenario, minutes)
        log.info("scenario_changed", scenario=scenario.name, minutes=minutes)
        return {"scenario": scenario.name, "minutes": minutes, "effect": scenario.effect, "alert": scenario.alert}

    return app


async def _talk(temper: Temper, exporter_url: str, transport: httpx.AsyncBaseTransport | None) -> None:
    random = Random()  # noqa: S311 what it draws protects nothing
    async with httpx.AsyncClient(base_url=exporter_url, timeout=_ANSWER_SECONDS, transport=transport) as client:
        while True:
            events = conversation(random, temper.scenario)
            try:
                answer = await client.post("/v1/events", json=events) if events else None
                if answer is not None and answer.is_error:
                    log.warning("conversation_refused", status=answer.status_code)
            except httpx.HTTPError as problem:
                log.warning("exporter_not_reached", problem=str(problem))
            await asyncio.sleep(random.expovariate(_CONVERSATIONS_PER_SECOND))


def run_demo(host: str, port: int, exporter_url: str) -> None:
    """Run until asked to stop."""
    app = build_demo(Temper(), exporter_url)
    uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False)).run()
