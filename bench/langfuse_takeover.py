"""100,000 observations taken over from a stand-in of Langfuse, exactly once, whatever goes wrong on the way.

Over a kill in the middle, an exporter that is away, a storm of 429, all of it read again in an overlap of 20 minutes,
and late arrivals. The stand-in is made by the published API and is no Langfuse.

    .venv/bin/python -m bench.langfuse_takeover [observations]
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.exporter import run_exporter
from tests.support.langfuse_api import FakeLangfuse, fake_langfuse, observation
from tests.support.takeover import MINUTE, NOW, Takeover

from watchkeeper.errors import JobError

_PAGE = 200
_MOST_RUNS = 100


def main(argv: Sequence[str]) -> int:
    """Print what came, and return 1 when something came twice or not at all."""
    wanted = int(argv[0]) if argv else 100_000
    with fake_langfuse() as langfuse, run_exporter() as exporter, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        runs, takeovers = asyncio.run(_take_over(langfuse, wanted, Path(folder), exporter))
        seconds = time.monotonic() - began
        counted = int(exporter.value("llm_requests_total"))
    times = Counter(one["id"] for takeover in takeovers for one in takeover.sent())
    again = sum(count - 1 for count in times.values())
    print(f"{wanted} observations, {runs} runs, {seconds:.0f} s, {len(langfuse.asked)} requests to the stand-in")
    print(f"sent {len(times)} different ones, {again} of them twice; the exporter counted {counted} calls")
    return 0 if counted == wanted == len(times) else 1


async def _take_over(langfuse: FakeLangfuse, wanted: int, folder: Path, exporter: Any) -> tuple[int, list[Takeover]]:
    late = wanted // 20
    ids = iter(range(wanted))
    span = 18 * MINUTE / (wanted - late)
    langfuse.observations = [observation(next(ids), NOW - 19 * MINUTE + place * span) for place in range(wanted - late)]
    storm: list[Any] = [(429, {"message": "Rate limit exceeded"}, {"Retry-After": "2"})]
    langfuse.answers = [None] * 50 + storm * 30 + [None] * 20 + storm * 30
    first = Takeover(langfuse, "", folder, exporter)
    first.exporter.statuses = [200] * 10 + [503]
    with suppress(JobError, asyncio.CancelledError):
        await first.run()
    with suppress(asyncio.CancelledError):
        await first.run(later=120, killed_after=wanted // _PAGE // 4)
    second = Takeover(langfuse, "", folder, exporter)
    second.now = first.now
    runs = await _catch_up(second)
    # Later than that, by the clock that the runs have moved on, no one looks for them.
    began = second.now - 10 * MINUTE
    langfuse.observations += [observation(next(ids), began + place / 1000) for place in range(late)]
    runs += await _catch_up(second)
    for one in (first, second):
        await one.close()
    return runs + 2, [first, second]


async def _catch_up(takeover: Takeover) -> int:
    """Run until there is no more; what was read of the last 20 minutes is read again."""
    for runs in range(1, _MOST_RUNS):
        await takeover.run(later=60)
        if takeover.lag() <= MINUTE:
            return runs
    return _MOST_RUNS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
