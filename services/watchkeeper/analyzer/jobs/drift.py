"""Whether the inputs, outputs, retrieval and flow of services have drifted: compares windows of Prometheus."""

import time
from collections.abc import Callable

from watchkeeper.analyzer.comparison.cycle import Cycle, Result
from watchkeeper.analyzer.comparison.gauges import DriftGauges
from watchkeeper.analyzer.comparison.prometheus import Prometheus
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import JobError

# A window of six hours moves little in five minutes.
_INTERVAL_SECONDS = 300.0
# Reading a week of every feature of many services takes a busy Prometheus a while.
_DEADLINE_SECONDS = 240.0


def drift(parts: Parts) -> Job:
    """Return the job; it has nothing to do where no Prometheus is named."""
    run = DriftJob(parts).run
    return Job(name="drift", schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=run)


class DriftJob:
    """Runs a cycle and shows what it found; ``clock`` gives Unix seconds."""

    def __init__(self, parts: Parts, clock: Callable[[], float] = time.time) -> None:
        url = parts.config.dependencies.get("prometheus")
        self._cycle = url and Cycle(Prometheus(parts.client, url), parts.config.file.drift, parts.accepted.entries)
        self._changes = parts.accepted
        self._gauges = DriftGauges(parts.store)
        self._clock = clock

    async def run(self) -> None:
        """Compare everything once.

        Raises: JobError with what could not be compared; all else is shown.
        """
        if not self._cycle:
            return
        cycle = self._cycle
        now = self._clock()
        result: Result = await in_thread(lambda: cycle.run(now))
        self._gauges.show(result.conclusions)
        self._gauges.accepted(self._changes.entries())
        if not result.problems:
            self._gauges.compared(now)
        if result.problems:
            raise JobError(", ".join(dict.fromkeys(result.problems)))
