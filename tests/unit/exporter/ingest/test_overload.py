"""More at once than can be taken: refused in time, counted, and nothing that was acknowledged is lost."""

import asyncio
import io
import re
import time
from collections import Counter

import httpx

from watchkeeper.config import load_config
from watchkeeper.exporter.app import build_app

# Several seconds of work at once.
REQUESTS = 1000
EVENTS = [{"type": "llm_call", "service": "s", "provider": "openai", "model": "gpt-4o-mini", "input_tokens": 1}] * 100
URGENT = ("/health", "/ready", "/metrics")
ALERT = {"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}}]}


async def overloaded() -> tuple[list[httpx.Response], list[httpx.Response], float, str]:
    """What telemetry was answered, what was asked meanwhile, how long the slowest of that took, and what counted."""
    app = build_app(load_config(None, {}), io.BytesIO())
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:

        async def timed(asked: asyncio.Future[httpx.Response] | asyncio.Task[httpx.Response]) -> float:
            began = time.monotonic()
            await asked
            return time.monotonic() - began

        sent = [asyncio.create_task(client.post("/v1/events", json=EVENTS)) for _ in range(REQUESTS)]
        await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        meanwhile = [asyncio.create_task(client.get(path)) for path in URGENT]
        meanwhile.append(asyncio.create_task(client.post("/v1/alerts", json=ALERT)))
        slowest = max([await timed(task) for task in meanwhile])
        answers = list(await asyncio.gather(*sent))
        exposition = (await client.get("/metrics")).text
    return answers, [task.result() for task in meanwhile], slowest, exposition


def test_what_is_acknowledged_counts_and_the_rest_comes_again() -> None:
    """A part is taken, the rest comes again at different times, and what must be answered is."""
    answers, urgent, slowest, exposition = asyncio.run(overloaded())

    statuses = Counter(answer.status_code for answer in answers)
    waits = {answer.headers["retry-after"] for answer in answers if answer.status_code == 429}
    counted = sum(float(value) for value in re.findall(r"^llm_requests_total\{.*\} (\S+)$", exposition, re.MULTILINE))
    assert set(statuses) == {200, 429}
    assert counted == statuses[200] * len(EVENTS)
    assert len(waits) > 3
    assert f'route="/v1/events",outcome="overloaded"}} {statuses[429]}' in exposition
    assert [answer.status_code for answer in urgent] == [200] * 4
    assert slowest < 5
