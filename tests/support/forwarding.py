"""A forwarder with a clock, a meter and a backend that a test scripts."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from watchkeeper.exporter.sinks.forward import Destination, Forwarder, Samples


class FakeClock:
    """Time that passes only when someone waits for it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        """The time now."""
        return self.time

    async def sleep(self, seconds: float, /) -> None:
        """Let the time pass at once."""
        self.waits.append(seconds)
        self.time += seconds
        for _ in range(20):  # others get their turns, as they would while time passes
            await asyncio.sleep(0)


class FakeMeter:
    """Remembers what it was reported."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.size = 0

    def sent(self, _destination: str, signal: str, /) -> None:
        """Remember a delivery."""
        self.counts[f"sent {signal}"] += 1

    def dropped(self, _destination: str, reason: str, /) -> None:
        """Remember a loss."""
        self.counts[f"dropped {reason}"] += 1

    def retried(self, _destination: str, /) -> None:
        """Remember a failed try."""
        self.counts["retried"] += 1

    def queued(self, _destination: str, size: int, /) -> None:
        """Remember the queue's size."""
        self.size = size


Answer = Callable[[httpx.Request], httpx.Response]


class Bench:
    """A forwarder in front of a backend that a test scripts; ``seen`` are the requests that reached it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.meter = FakeMeter()
        self.seen: list[httpx.Request] = []
        self.answer: Answer = lambda _request: httpx.Response(200)
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._serve))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self.answer(request)

    def forwarder(
        self,
        *,
        strip: Callable[[str, bytes, bool], bytes] = lambda _signal, body, _is_json: body,
        samples: Samples | None = None,
        **changes: Any,
    ) -> Forwarder:
        """A forwarder of traces to http://tempo:4318."""
        counts: dict[str, Any] = {
            "name": "tempo",
            "endpoint": "http://tempo:4318",
            "signals": ("traces",),
            "content": True,
        }
        destination = Destination(**{**counts, **changes})
        return Forwarder(
            destination, client=self.client, strip=strip, meter=self.meter, clock=self.clock, samples=samples
        )


async def settle(forwarder: Forwarder) -> None:
    """Wait until nothing is queued any more."""
    async with asyncio.timeout(5):
        while forwarder._queue:  # noqa: ASYNC110  # the queue has no event for being empty
            await asyncio.sleep(0)
