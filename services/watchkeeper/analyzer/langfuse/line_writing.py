"""Writes what is on new log lines into a project of Langfuse: verdicts on traces, say.

The lines in Loki are what there is to write; each thing has an id of its own, so that one that is written again changes
nothing.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

import httpx

from watchkeeper.analyzer.endpoints.patience import Patience, Result
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.schedule.threads import in_thread
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
# A request of Langfuse has 5 MB at most; what is written has some hundred bytes.
_TOGETHER = 50
_BEGIN_SECONDS = 60.0


class Written(Protocol):
    """Something with an id that is the same whenever it is written."""

    @property
    def id(self) -> str:
        """That id."""
        ...


Item = TypeVar("Item", bound=Written)
Given_contra = TypeVar("Given_contra", contravariant=True)


class Writer(Protocol[Given_contra]):
    """Knows how to write things."""

    async def write(self, items: Sequence[Given_contra], patient: "Patiently", /) -> Sequence[str]:
        """Write them; returns what someone must mend. Raises: EndpointError when they may be taken yet."""
        ...


class Lines(Generic[Item]):
    """Asks the Loki at ``url`` for lines of ``query``; ``read`` makes something of a line, or None."""

    def __init__(self, client: httpx.Client, url: str, query: str, read: Callable[[str], Item | None]) -> None:
        self._client = client
        self._url = url
        self._query = query
        self._read = read

    def between(self, start: float, end: float) -> tuple[list[Item], float]:
        """What the first lines say, and until when they were read, in Unix seconds; may block. Raises: EngineError."""
        if not self._url:
            raise EngineError("no Loki is named to this analyzer")
        page = Page(
            query=self._query, start_ns=int(start * _NS), end_ns=int(end * _NS), most=_MOST_LINES, is_forward=True
        )
        lines = log_lines(self._client, self._url, page, timeout=_ANSWER_SECONDS)
        found = [item for _, text in reversed(lines) if (item := self._read(text)) is not None]
        return found, lines[0][0] / _NS if len(lines) >= _MOST_LINES else end


class Patiently:
    """Asks Langfuse within one run, as patiently as it wants to be asked."""

    def __init__(self, patience: Patience, deadline: float, report: LangfuseReport) -> None:
        self._patience = patience
        self._deadline = deadline
        self._report = report

    async def __call__(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """What ``ask`` gives. Raises: EndpointError."""
        return await self._patience.asked(ask, self._deadline, self._report.requested)


class LineWriting(Generic[Item]):
    """The lines of one project; ``clock`` gives Unix seconds."""

    def __init__(
        self,
        lines: Lines[Item],
        writer: Writer[Item],
        *,
        notes: ProgressNotes,
        report: LangfuseReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lines = lines
        self._writer = writer
        self._notes = notes
        self._report = report
        self._patience = patience
        self._clock = clock

    async def run(self) -> None:
        """Write what is new, for a minute at most.

        Raises: JobError when Loki or Langfuse does not do its part; StateError when nothing can be noted.
        """
        self._patience.check()
        now = self._clock()
        noted = await in_thread(self._notes.read)
        if noted is None or noted.read_until > now:
            noted = Progress(read_until=now - _FIRST_SECONDS)
            await self._note(noted)
        since = max(noted.read_until, now - _MOST_BACK_SECONDS) - _OVERLAP_SECONDS
        try:
            problems = await self._write_since(since, now - _SETTLED_SECONDS)
        except (EndpointError, EngineError) as error:
            raise JobError(f"{self._report.project}: {error}") from error
        await in_thread(lambda: self._notes.forget(now))
        if problems:
            raise JobError(f"{self._report.project}: {problems[0]}")

    async def _write_since(self, start: float, until: float) -> list[str]:
        deadline = time.monotonic() + _BEGIN_SECONDS
        patient = Patiently(self._patience, deadline, self._report)
        problems: list[str] = []
        while start < until and time.monotonic() < deadline:
            found, start = await in_thread(partial(self._lines.between, start, until))
            problems += await self._write({item.id: item for item in found}, patient)
            await self._note(Progress(read_until=start))
        return problems

    async def _write(self, items: dict[str, Item], patient: Patiently) -> list[str]:
        known = await in_thread(lambda: self._notes.known(items))
        new = [item for id_, item in items.items() if id_ not in known]
        problems: list[str] = []
        for start in range(0, len(new), _TOGETHER):
            some = new[start : start + _TOGETHER]
            problems += await self._writer.write(some, patient)
            await self._note(None, [item.id for item in some])
        return problems

    async def _note(self, progress: Progress | None, ids: Sequence[str] = ()) -> None:
        now = self._clock()
        await in_thread(lambda: self._notes.write(progress, ids, now))
