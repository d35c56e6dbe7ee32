"""Reads the new scores of one project, page by page, and hands them to the exporter, each once.

Scores may come late, so that what was read is read again for a while; what was taken is known by its id. A page is
noted once the exporter has it: after a crash in between it comes again, and the exporter knows the ids too.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse.api import Page, ScoresApi
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.patience import Patience
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.score import ReadScore, read_score
from watchkeeper.analyzer.langfuse.verdict import OWN
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import EndpointError, EngineError, JobError

log = structlog.get_logger()

# Langfuse takes up to a quarter of an hour to show what older SDKs send.
OVERLAP_SECONDS = 20 * 60.0
# Lines of a trace are in Loki some seconds after its scores may be in Langfuse.
_SETTLED_SECONDS = 30.0
# After an outage, an hour at a time, and no more than a day: older scores say nothing of now.
_WINDOW_SECONDS = 3600.0
MOST_BACK_SECONDS = 86_400.0
# After this no new page is asked for; what was begun may take as long as the job may.
_BEGIN_SECONDS = 60.0
# A cursor of before an upgrade, or of an endpoint that is gone.
_NO_SUCH_PAGE = frozenset({400, 404})


class ScoreReading:
    """The scores of one project; ``clock`` gives Unix seconds."""

    def __init__(  # noqa: PLR0913  # what it takes to bring a score from there to here
        self,
        project: str,
        api: ScoresApi,
        origins: TraceOrigins,
        *,
        notes: ProgressNotes,
        sender: EventSender,
        report: LangfuseReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._project = project
        self._api = api
        self._origins = origins
        self._notes = notes
        self._sender = sender
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
        progress = _begun(noted, now)
        if progress != noted:
            await in_thread(lambda: self._notes.write(progress, (), now))
        self._report.lags(now - progress.read_until)
        self._patience.check()
        try:
            await self._read_on(progress, now - _SETTLED_SECONDS)
        except (EndpointError, EngineError) as error:
            raise JobError(f"{self._project}: {error}") from error
        await in_thread(lambda: self._notes.forget(now))

    async def _read_on(self, progress: Progress, until: float) -> None:
        deadline = time.monotonic() + _BEGIN_SECONDS
        while (progress.end or progress.read_until < until) and time.monotonic() < deadline:
            window = progress if progress.end else _window(progress, until)
            page = await self._page(window, deadline)
            progress = replace(window, cursor=page.cursor) if page.cursor else Progress(read_until=window.end)
            await self._take(page, progress)
            self._report.lags(self._clock() - progress.read_until)

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

    async def _take(self, page: Page, progress: Progress) -> None:
        read = [read_score(item) for item in page.items]
        found = [score for score in read if score is not None]
        scores = {score.key: score for score in found if score.value is not None and not score.id.startswith(OWN)}
        events = await in_thread(lambda: self._events(scores))
        if events:
            await self._sender.deliver(list(events.values()))
        if events or not progress.end:  # a page of what is known is not worth a note
            now = self._clock()
            await in_thread(lambda: self._notes.write(progress, events, now))
        self._report.scored("taken", len(events))
        self._report.scored("known", len(scores) - len(events))
        self._report.scored("malformed", read.count(None))
        self._report.scored("text", sum(score.value is None for score in found))
        self._report.scored("own", sum(score.id.startswith(OWN) for score in found))

    def _events(self, scores: Mapping[str, ReadScore]) -> dict[str, dict[str, Any]]:
        """The events of those that are new; where no trace is known, they count for a service of the project's name."""
        known = self._notes.known(scores)
        new = {key: score for key, score in scores.items() if key not in known}
        origins = self._origins.of(list(new.values())) if new else []
        return {
            key: score.event({"service": self._project, **origin})
            for (key, score), origin in zip(new.items(), origins, strict=True)
        }


def _begun(noted: Progress | None, now: float) -> Progress:
    """Where to go on: at the beginning with what is new; not before yesterday, nor in a future that a clock made up."""
    if noted is None or noted.read_until > now:
        return Progress(read_until=now - OVERLAP_SECONDS)
    if noted.read_until < now - MOST_BACK_SECONDS:
        log.warning("langfuse_scores_skipped", seconds=round(now - MOST_BACK_SECONDS - noted.read_until))
        return Progress(read_until=now - MOST_BACK_SECONDS)
    return noted


def _window(progress: Progress, until: float) -> Progress:
    """The next window: a little of what is read already, and not more than an hour of what is not."""
    end = min(until, progress.read_until + _WINDOW_SECONDS)
    return replace(progress, start=progress.read_until - OVERLAP_SECONDS, end=end)
