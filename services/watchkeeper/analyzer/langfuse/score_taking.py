"""Hands scores of one project to the exporter, as native events of the service, prompt and model of their traces."""

from collections.abc import Mapping, Sequence
from typing import Any

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.score import ReadScore, read_score
from watchkeeper.analyzer.langfuse.verdict import OWN
from watchkeeper.analyzer.schedule.threads import in_thread


class ScoreTaking:
    """Takes the scores of the report's project."""

    def __init__(
        self, origins: TraceOrigins, notes: ProgressNotes, sender: EventSender, report: LangfuseReport
    ) -> None:
        self._origins = origins
        self._notes = notes
        self._sender = sender
        self._report = report

    async def take(self, items: Sequence[Any], _window: Progress) -> Sequence[str]:
        """Hand on the new scores of a page and return their ids."""
        read = [read_score(item) for item in items]
        found = [score for score in read if score is not None]
        scores = {score.key: score for score in found if score.value is not None and not score.id.startswith(OWN)}
        events = await in_thread(lambda: self._events(scores))
        if events:
            await self._sender.deliver(list(events.values()))
        self._report.scored("taken", len(events))
        self._report.scored("known", len(scores) - len(events))
        self._report.scored("malformed", read.count(None))
        self._report.scored("text", sum(score.value is None for score in found))
        self._report.scored("own", sum(score.id.startswith(OWN) for score in found))
        return list(events)

    def _events(self, scores: Mapping[str, ReadScore]) -> dict[str, dict[str, Any]]:
        """The events of those that are new; where no trace is known, they count for a service of the project's name."""
        known = self._notes.known(scores)
        new = {key: score for key, score in scores.items() if key not in known}
        origins = self._origins.of(list(new.values())) if new else []
        return {
            key: score.event({"service": self._report.project, **origin})
            for (key, score), origin in zip(new.items(), origins, strict=True)
        }
