"""Writes the new verdicts on traces into a project of Langfuse, and puts bad ones before people.

The lines in Loki are what there is to write; a verdict has an id of its own, so that one that is written again changes
nothing.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import httpx

from watchkeeper.analyzer.langfuse.patience import Patience, Result
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.verdict import Verdict, verdict_of
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.config.langfuse_projects import Verdicts
from watchkeeper.engines.fact_lines import read_line
from watchkeeper.engines.log_lines import Page, log_lines
from watchkeeper.errors import EndpointError, EngineError, JobError

_NS = 10**9
# Promtail and Loki need some seconds; a line that is later still than the second number is not seen.
_SETTLED_SECONDS = 10.0
_OVERLAP_SECONDS = 60.0
# What a project that is new begins with, and what is written after an outage.
_FIRST_SECONDS = 300.0
_MOST_BACK_SECONDS = 86_400.0
_MOST_LINES = 1000
_ANSWER_SECONDS = 20.0
# A request of Langfuse has 5 MB at most; a score has some hundred bytes.
_TOGETHER = 50
_BEGIN_SECONDS = 60.0
_QUERY = '{event=~"silent_failure_detected|score_recorded"} |~ `"event":"silent_failure_detected"|"source":"judge"`'


class VerdictLines:
    """Asks the Loki at ``url`` for verdicts of the project's services."""

    def __init__(self, client: httpx.Client, url: str, services: Collection[str], scored_here: Collection[str]) -> None:
        self._client = client
        self._url = url
        self._services = services
        self._scored_here = scored_here

    def between(self, start: float, end: float) -> tuple[list[Verdict], float]:
        """The first verdicts, and until when the lines were read, in Unix seconds; may block. Raises: EngineError."""
        if not self._url:
            raise EngineError("no Loki is named to this analyzer")
        page = Page(query=_QUERY, start_ns=int(start * _NS), end_ns=int(end * _NS), most=_MOST_LINES, is_forward=True)
        lines = log_lines(self._client, self._url, page, timeout=_ANSWER_SECONDS)
        read = [line for _, text in reversed(lines) if (line := read_line(text)) is not None]
        verdicts = [found for line in read if (found := verdict_of(line, self._services, self._scored_here))]
        return verdicts, lines[0][0] / _NS if len(lines) >= _MOST_LINES else end


class VerdictWriting:
    """The verdicts of one project; ``clock`` gives Unix seconds."""

    def __init__(  # noqa: PLR0913  # what it takes to bring a verdict from here to there
        self,
        project: str,
        verdicts: Verdicts,
        lines: VerdictLines,
        *,
        api: WritesApi,
        notes: ProgressNotes,
        report: LangfuseReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._project = project
        self._queue = verdicts.queue
        self._lines = lines
        self._api = api
        self._notes = notes
        self._report = report
        self._patience = patience
        self._clock = clock
        self._problems: list[str] = []

    async def run(self) -> None:
        """Write what is new, for a minute at most.

        Raises: JobError when Loki or Langfuse does not do its part; StateError when nothing can be noted.
        """
        self._patience.check()
        self._problems = []
        now = self._clock()
        noted = await in_thread(self._notes.read)
        if noted is None or noted.read_until > now:
            noted = Progress(read_until=now - _FIRST_SECONDS)
            await self._note(noted)
        since = max(noted.read_until, now - _MOST_BACK_SECONDS) - _OVERLAP_SECONDS
        try:
            await self._write_since(since, now - _SETTLED_SECONDS)
        except (EndpointError, EngineError) as error:
            raise JobError(f"{self._project}: {error}") from error
        await in_thread(lambda: self._notes.forget(now))
        if self._problems:
            raise JobError(f"{self._project}: {self._problems[0]}")

    async def _write_since(self, start: float, until: float) -> None:
        deadline = time.monotonic() + _BEGIN_SECONDS
        while start < until and time.monotonic() < deadline:
            found, start = await in_thread(partial(self._lines.between, start, until))
            await self._write({verdict.id: verdict for verdict in found}, deadline)
            await self._note(Progress(read_until=start))

    async def _write(self, verdicts: Mapping[str, Verdict], deadline: float) -> None:
        known = await in_thread(lambda: self._notes.known(verdicts))
        new = [verdict for id_, verdict in verdicts.items() if id_ not in known]
        for start in range(0, len(new), _TOGETHER):
            some = new[start : start + _TOGETHER]
            refused = await self._patient(partial(self._api.scores, [verdict.body() for verdict in some]), deadline)
            self._report.wrote("written", len(some) - refused)
            self._report.wrote("refused", refused)
            await self._enqueue(some, deadline)
            await self._note(None, [verdict.id for verdict in some])

    async def _enqueue(self, verdicts: Sequence[Verdict], deadline: float) -> None:
        """Put the traces of bad verdicts into the queue, each once, and no more in a day than a person can look at."""
        queue = self._queue
        if queue is None:
            return
        traces = {f"queued {one.line.trace_id}": one.line.trace_id for one in verdicts if one.is_for(queue)}
        places = [f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d} {n}" for n in range(queue.most_per_day)]
        known = await in_thread(lambda: self._notes.known([*traces, *places]))
        free = [place for place in places if place not in known]
        for key in sorted(traces.keys() - known):
            if not free:
                self._report.wrote("queue_full", 1)
                continue
            try:
                await self._patient(partial(self._api.enqueue, queue.id, traces[key]), deadline)
            except EndpointError as error:
                if error.is_passing:
                    raise
                self._problems.append(f"queue {queue.id}: {error}")
                self._report.wrote("queue_refused", 1)
                continue
            self._report.wrote("queued", 1)
            await self._note(None, [key, free.pop()])

    async def _note(self, progress: Progress | None, ids: Sequence[str] = ()) -> None:
        now = self._clock()
        await in_thread(lambda: self._notes.write(progress, ids, now))

    async def _patient(self, ask: Callable[[], Awaitable[Result]], deadline: float) -> Result:
        return await self._patience.asked(ask, deadline, self._report.requested)
