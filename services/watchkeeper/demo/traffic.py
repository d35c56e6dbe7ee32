"""Customers of one service: they come by chance, and what the application reports goes to the exporter."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

import httpx
import structlog

from watchkeeper.demo.assistant.build import Build
from watchkeeper.demo.assistant.conversation import Assistant, Event, converse
from watchkeeper.demo.assistant.model import Call
from watchkeeper.demo.assistant.questions import Question, ask, model_of

log = structlog.get_logger()

# Slow answers pile up; beyond these customers go away.
_MOST_AT_ONCE = 400
_LATE_SECONDS = 5.0
# What one process has of them: the same trouble is said once a minute at most.
_SAID_EVERY_SECONDS = 60.0
_SCRIPT = "user-script"
_ENDS = {"answer": "answered", "person": "handed to a person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """One service and its customers; ``exporter`` takes its events, ``say`` a line for each conversation."""

    assistant: Assistant
    build: Callable[[], Build]
    exporter: httpx.AsyncClient
    headers: Mapping[str, str]
    conversations_per_second: float
    season: Callable[[float], float]
    say: Callable[[str], None]
    model: str = ""
    seed: int = 7


async def visit(visitors: Visitors) -> None:
    """Let customers come until cancelled; whatever is under way then is dropped."""
    random = Random(f"{visitors.seed} {visitors.assistant.desk.service}")  # noqa: S311
    complaints, number, due = Complaints(), 0, time.monotonic()
    async with asyncio.TaskGroup() as group:
        under_way: set[asyncio.Task[None]] = set()
        while True:
            build = visitors.build()
            for place in range(0 if build.is_silent else 1 + build.extra):
                number += 1
                if len(under_way) < _MOST_AT_ONCE:
                    chance = Random(f"{visitors.seed} {number}")  # noqa: S311
                    task = group.create_task(_talk(visitors, build, chance, is_extra=place > 0, complaints=complaints))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
            per_second = visitors.conversations_per_second * visitors.season(time.time())
            # Customers do not wait for a slow machine: whoever should have come meanwhile comes at once.
            due = max(due + random.expovariate(per_second), time.monotonic() - _LATE_SECONDS)
            await asyncio.sleep(due - time.monotonic())


async def _talk(visitors: Visitors, build: Build, random: Random, *, is_extra: bool, complaints: "Complaints") -> None:
    assistant = visitors.assistant
    question, call = arrival(assistant, build, random, is_extra=is_extra, model=visitors.model)
    try:
        events = await converse(assistant, question, build, call)
    except Exception as problem:  # noqa: BLE001 the boundary: one conversation that fails must not end the others
        complaints.say("conversation_failed", problem=repr(problem))
        return
    taken = await send(visitors.exporter, events, visitors.headers, complaints)
    visitors.say(line_of(assistant.desk.service, question.text, events, taken=taken))


def line_of(service: str, question: str, events: list[Event], *, taken: bool) -> str:
    """What became of a conversation, in a line for whoever watches the demo."""
    branches = {str(event["node"]): str(event["branch"]) for event in events if event["type"] == "branch_decision"}
    became = _ENDS.get(branches.get("confidence", ""), "no answer")
    return f"{service}: {question} {became}{'' if taken else ', not taken by the exporter'}"


def arrival(
    assistant: Assistant, build: Build, random: Random, *, is_extra: bool = False, model: str = ""
) -> tuple[Question, Call]:
    """What a customer asks, and how it is answered; an extra one is a script, or a stranger with the key."""
    question = ask(assistant.desk, build, random)
    model = build.model_alias or model or model_of(assistant.desk, random)
    if is_extra:
        question = replace(question, user=_SCRIPT, tenant=next(iter(assistant.desk.tenants)))
        model = build.extra_model or model
    options = {"service_tier": build.service_tier} if build.service_tier else {}
    client = assistant.client.with_options(timeout=build.timeout_seconds)
    return question, Call(client=client, model=model, seed=random.getrandbits(31), options=options)


class Complaints:
    """Says the same trouble once a minute."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._is_refused = False

    def say(self, event: str, **fields: object) -> None:
        """Log a warning, unless it was just logged."""
        if self._is_due(event):
            log.warning(event, **fields)

    def refused(self, event: str, **fields: object) -> None:
        """Log that the exporter did not take events, and why."""
        self._is_refused = True
        self.say(event, **fields)

    def taken(self) -> None:
        """Log that it takes them again, if it did not just before."""
        if self._is_refused and self._is_due("exporter_takes_events_again"):
            log.info("exporter_takes_events_again")
        self._is_refused = False

    def _is_due(self, event: str) -> bool:
        now = asyncio.get_running_loop().time()
        is_due = now - self._said.get(event, -_SAID_EVERY_SECONDS) >= _SAID_EVERY_SECONDS
        if is_due:
            self._said[event] = now
        return is_due


async def send(
    exporter: httpx.AsyncClient, events: list[Event], headers: Mapping[str, str], complaints: Complaints
) -> bool:
    """Post events and say whether they were taken.

    An exporter that is away or refuses them is no reason to stop answering customers.
    """
    if not events:
        return True
    try:
        answer = await exporter.post("/v1/events", json=events, headers=dict(headers))
    except httpx.HTTPError as problem:
        complaints.refused("exporter_not_reached", url=str(exporter.base_url), problem=str(problem), fix="run make up")
        return False
    if answer.status_code in (401, 403):
        fix = "put a token of watchkeeper.yml into WATCHKEEPER_TOKEN"
        complaints.refused("exporter_asks_for_a_token", status=answer.status_code, fix=fix)
    elif answer.is_error:
        complaints.refused("events_refused", status=answer.status_code, problem=answer.text[:200])
    else:
        complaints.taken()
    return answer.is_success
