"""Writes verdicts as scores of their traces, and puts traces with bad ones before people."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial

import httpx

from watchkeeper.analyzer.langfuse.line_writing import Lines, Patiently
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.verdict import Verdict, verdict_of
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.config.langfuse_projects import ReviewQueue
from watchkeeper.engines.fact_lines import read_line
from watchkeeper.errors import EndpointError

_QUERY = '{event=~"silent_failure_detected|score_recorded"} |~ `"event":"silent_failure_detected"|"source":"judge"`'


def verdict_lines(
    client: httpx.Client, url: str, services: Collection[str], scored_here: Collection[str]
) -> Lines[Verdict]:
    """Lines of the Loki at ``url`` with verdicts on ``services``; ``scored_here`` is what judges of ours score."""

    def read(text: str) -> Verdict | None:
        line = read_line(text)
        return None if line is None else verdict_of(line, services, scored_here)

    return Lines(client, url, _QUERY, read)


class VerdictWriter:
    """Writes verdicts of one project, whose ``queue`` may be None; ``clock`` gives Unix seconds."""

    def __init__(
        self,
        queue: ReviewQueue | None,
        api: WritesApi,
        *,
        notes: ProgressNotes,
        report: LangfuseReport,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._api = api
        self._notes = notes
        self._report = report
        self._clock = clock

    async def write(self, verdicts: Sequence[Verdict], patient: Patiently) -> Sequence[str]:
        """Write them; returns what is wrong with the queue. Raises: EndpointError when they may be taken yet."""
        refused = await patient(partial(self._api.scores, [verdict.body() for verdict in verdicts]))
        self._report.wrote("written", len(verdicts) - refused)
        self._report.wrote("refused", refused)
        return await self._enqueue(verdicts, patient)

    async def _enqueue(self, verdicts: Sequence[Verdict], patient: Patiently) -> Sequence[str]:
        """Put the traces of bad verdicts into the queue, each once, and no more in a day than a person can look at."""
        queue, problems = self._queue, list[str]()
        if queue is None:
            return problems
        traces = {f"queued {one.line.trace_id}": one.line.trace_id for one in verdicts if one.is_for(queue)}
        places = [f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d} {n}" for n in range(queue.most_per_day)]
        known = await in_thread(lambda: self._notes.known([*traces, *places]))
        free = [place for place in places if place not in known]
        for key in sorted(traces.keys() - known):
            if not free:
                self._report.wrote("queue_full", 1)
                continue
            try:
                await patient(partial(self._api.enqueue, queue.id, traces[key]))
            except EndpointError as error:
                if error.is_passing:
                    raise
                problems.append(f"queue {queue.id}: {error}")
                self._report.wrote("queue_refused", 1)
                continue
            self._report.wrote("queued", 1)
            noted = [key, free.pop()]
            await in_thread(partial(self._notes.write, None, noted, self._clock()))
        return problems
