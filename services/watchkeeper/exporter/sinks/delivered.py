"""Samples of what destinations acknowledged, each on a line of its own: the analyzer asks for them later.

The lines are in Loki, so that neither a restart here nor one of the analyzer loses any.
"""

import asyncio
import random
import time
from collections.abc import Callable

import structlog

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.sinks.forward import Destination
from watchkeeper.exporter.sinks.items import pick_item

log = structlog.get_logger()

# Of a quarter of an hour a sample every half minute, so that a Langfuse with 30 requests a minute is hardly asked. Who
# sends in a rhythm of its own is hit in another place of it each time.
_SHARE = 1 / 30
_LEAST_OF_IT, _MOST_OF_IT = 2 / 3, 4 / 3


class DeliveredSamples:
    """Takes samples of what one destination acknowledged whole, of one signal: thirty in ``after_seconds`` at most.

    ``clock`` gives monotonic seconds, ``pause`` a number between two.
    """

    def __init__(
        self,
        destination: str,
        signal: Signal,
        after_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._destination = destination
        self._signal = signal
        self._every_seconds = after_seconds * _SHARE
        self._clock = clock
        self._pause = pause
        self._next = 0.0

    async def take(self, signal: Signal, body: bytes, *, is_json: bool) -> None:
        """Write a line about one item of the request, unless another was written just now. Raises nothing."""
        if signal != self._signal or self._clock() < self._next:
            return
        self._next = self._clock() + self._every_seconds * self._pause(_LEAST_OF_IT, _MOST_OF_IT)
        try:
            # In a thread: a large body takes longer than ingest may be held up.
            item = await asyncio.to_thread(pick_item, signal, body, is_json, time.time_ns())
        except ValueError:
            return  # it was read before it was accepted; that one reader is stricter loses a sample
        if item is None:
            return
        # Of the ids those that the signal has; nothing of what was said.
        ids = {"trace_id": item.trace_id, "span_id": item.span_id, "metric": item.metric}
        known = {name: value for name, value in ids.items() if value}
        log.info(
            "forward_delivered",
            destination=self._destination,
            signal=signal,
            item_time_ns=str(item.time_ns),
            **known,
        )


def samples_of(destination: Destination) -> DeliveredSamples | None:
    """What takes samples for a destination; None where it is not asked for them."""
    if destination.audited is None:
        return None
    return DeliveredSamples(destination.name, destination.audited, destination.audited_after_seconds)
