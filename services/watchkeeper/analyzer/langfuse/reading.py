"""Reads what is new in one project, page by page, and hands it on, each thing once.

It may come late, so that what was read is read again for a while; what was taken is known by its id. A page is noted
once the exporter has it: after a crash in between it comes again, and the exporter knows the ids too.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import structlog

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse.api import Page, PagedApi
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import EndpointError, EngineError, JobError

log = structlog.get_logger()

# Langfuse takes up to a quarter of an hour to show what older SDKs send.
OVERLAP_SECONDS = 20 * 60.0
# After an outage, an hour at a time, and no more than a day: what is older says nothing of now.
_WINDOW_SECONDS = 3600.0
MOST_BACK_SECONDS = 86_400.0
# After this no new page is asked for; what was begun may take as long as the job may.
_BEGIN_SECONDS = 60.0
# A cursor of before an upgrade, or of an endpoint that is gone.
_NO_SUCH_PAGE = frozenset({400, 404})


class Taker(Protocol):
    """Hands items of a page on to the exporter."""

    async def take(self, items: Sequence[Any], window: Progress, /) -> Sequence[str]:
        """Hand on what is new and return the ids to note. Raises: EndpointError, EngineError, StateError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``signal`` is what is read: scores, say; the last ``settled_seconds`` are left for the next run.

    The last ``overlap_seconds`` of what was read are read again, for what comes late.
    """

    signal: str
    settled_seconds: float
    overlap_seconds: float = OVERLAP_SECONDS


class Reading:
    """The scores, or the observations, of one project; ``clock`` gives Unix seconds."""

    def __init__(  # noqa: PLR0913  # what it takes to bring something from there to here
        self,
        pace: Pace,
        api: PagedApi,
        taker: Taker,
        *,
        notes: ProgressNotes,
        report: LangfuseReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pace = pace
        self._api = api
        self._taker = taker
        self._notes = notes
        self._report = report
        self._clock = clock
        self._patience = patience

    async def run(self) -> None:
        """Read on until there is nothing new, or for a minute.

        Raises: JobError when Langfuse, Loki or the exporter does not do its part; StateError when nothing can be noted.
        The next run goes on where this one stopped.
        """
        now = self._clock()
        noted = await in_thread(self._notes.read)
        progress = self._begun(noted, now)
        if progress != noted:
            await in_thread(lambda: self._notes.write(progress, (), now))
        self._report.lags(self._pace.signal, now - progress.read_until)
        self._patience.check()
        try:
            await self._read_on(progress, now - self._pace.settled_seconds)
        except (EndpointError, EngineError) as error:
            raise JobError(f"{self._report.project}: {error}") from error
        await in_thread(lambda: self._notes.forget(now))

    def _begun(self, noted: Progress | None, now: float) -> Progress:
        """Where to go on: at first with what is new; not before yesterday, nor in a future that a clock made up."""
        if noted is None or noted.read_until > now:
            return Progress(read_until=now - OVERLAP_SECONDS)
        if noted.read_until < now - MOST_BACK_SECONDS:
            seconds = round(now - MOST_BACK_SECONDS - noted.read_until)
            log.warning("langfuse_skipped", project=self._report.project, signal=self._pace.signal, seconds=seconds)
            return Progress(read_until=now - MOST_BACK_SECONDS)
        return noted

    async def _read_on(self, progress: Progress, until: float) -> None:
        deadline = time.monotonic() + _BEGIN_SECONDS
        while (progress.end or progress.read_until < until) and time.monotonic() < deadline:
            window = progress if progress.end else self._window(progress, until)
            page = await self._page(window, deadline)
            progress = replace(window, cursor=page.cursor) if page.cursor else Progress(read_until=window.end)
            await self._take(page, window, progress)
            self._report.lags(self._pace.signal, self._clock() - progress.read_until)

    async def _page(self, window: Progress, deadline: float) -> Page:
        """One page, or the first one where that is not there; waits where Langfuse asks for it, within this run."""
        try:
            return await self._patience.asked(self._pages(window, window.cursor), deadline, self._report.requested)
        except EndpointError as error:
            if error.status not in _NO_SUCH_PAGE or not window.cursor:
                raise
        # It begins again; what was taken is known.
        return await self._patience.asked(self._pages(window, ""), deadline, self._report.requested)

    def _pages(self, window: Progress, cursor: str) -> Callable[[], Awaitable[Page]]:
        return partial(self._api.page, window.start, window.end, cursor)

    async def _take(self, page: Page, window: Progress, progress: Progress) -> None:
        taken = await self._taker.take(page.items, window)
        # A page of what is known is not worth a note, where it is read again anyway.
        if taken or not progress.end or not self._pace.overlap_seconds:
            now = self._clock()
            await in_thread(lambda: self._notes.write(progress, taken, now))

    def _window(self, progress: Progress, until: float) -> Progress:
        """The next window: a little of what is read already, and not more than an hour of what is not."""
        end = min(until, progress.read_until + _WINDOW_SECONDS)
        return replace(progress, start=progress.read_until - self._pace.overlap_seconds, end=end)
