"""The demo without sockets and without waiting: its model server behind the real client, spans and events kept."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import httpx2
from openai import AsyncOpenAI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from watchkeeper.demo.assistant.conversation import Assistant, Event, converse
from watchkeeper.demo.assistant.desk import DESKS
from watchkeeper.demo.assistant.telemetry import instrument, tracers_of
from watchkeeper.demo.provider.server import build_provider
from watchkeeper.demo.scenarios import Scenario, scenario_named
from watchkeeper.demo.traffic import arrival

AT_ONCE = 50


class Played:
    """What conversations of a scenario left behind."""

    def __init__(self, events: list[Event], spans: Sequence[ReadableSpan]) -> None:
        self.events, self.spans = events, spans

    def calls(self) -> list[dict[str, Any]]:
        """The attributes of calls of a model."""
        return [dict(span.attributes or {}) for span in self.spans if span.name.startswith("chat ")]

    def tools(self) -> list[dict[str, Any]]:
        """The attributes of runs of tools."""
        return [dict(span.attributes or {}) for span in self.spans if span.name.startswith("execute_tool ")]

    def of(self, kind: str) -> list[Event]:
        """Events of a type."""
        return [event for event in self.events if event["type"] == kind]

    def share(self, kind: str, **fields: Any) -> float:
        """The share of the events of a type that have these values."""
        events = self.of(kind)
        return sum(fields.items() <= event.items() for event in events) / len(events)

    def mean(self, attribute: str) -> float:
        """The mean of a number of calls."""
        values = [call[attribute] for call in self.calls() if attribute in call]
        return sum(values) / len(values)

    def statuses(self) -> Counter[str]:
        """What calls failed with."""
        return Counter(str(call.get("error.type", "")) for call in self.calls())


def play(name: str, conversations: int = 24) -> Played:
    """So many conversations of a scenario, always the same ones, without a second of waiting."""
    scenario = scenario_named(name)
    assert scenario is not None
    return play_scenario(scenario, conversations)


def play_scenario(scenario: Scenario, conversations: int) -> Played:
    """The same of any scenario; of one with extra customers these are among the conversations."""
    with _without_waiting():
        return asyncio.run(converse_all(scenario, conversations))


async def converse_all(
    scenario: Scenario,
    conversations: int,
    transport_of: Callable[[httpx2.AsyncBaseTransport], httpx2.AsyncBaseTransport] = lambda transport: transport,
) -> Played:
    """So many conversations with the model server, reached by what ``transport_of`` makes of its own transport."""
    desk = next(desk for desk in DESKS if desk.service in scenario.services)
    instrument()
    kept = InMemorySpanExporter()
    tracers = tracers_of(desk, kept)
    app, build = build_provider(lambda: scenario.behaviour), scenario.build
    transport = transport_of(httpx2.ASGITransport(app=app))
    async with AsyncOpenAI(
        base_url="http://provider", api_key="k", max_retries=0, http_client=httpx2.AsyncClient(transport=transport)
    ) as client:
        assistant = Assistant(desk=desk, client=client, tracers=tracers)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> list[Event]:
            is_extra = number % (1 + build.extra) > 0
            question, call = arrival(assistant, build, Random(number), is_extra=is_extra)
            async with places:
                return await converse(assistant, question, build, call)

        found = await asyncio.gather(*map(one, range(conversations)))
    tracers.shutdown()
    return Played([event for events in found for event in events], kept.get_finished_spans())


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Let what sleeps give way to others once."""
    sleep = asyncio.sleep

    async def at_once(_: float, result: object = None) -> object:
        await sleep(0)
        return result

    asyncio.sleep = at_once  # type: ignore[assignment]
    try:
        yield
    finally:
        asyncio.sleep = sleep
