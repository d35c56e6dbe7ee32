"""Hands observations of applications that send to Langfuse only to the exporter.

A trace of which anything was sent here is its application's to send: that is looked up in Loki. What is taken over is
noted before its first observation is handed on, so that the lines that it leaves do not speak against the others.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from watchkeeper.analyzer.langfuse.alert import OWN_TRACES
from watchkeeper.analyzer.langfuse.intake import ExporterIntake
from watchkeeper.analyzer.langfuse.observation import ReadObservation, read_observation
from watchkeeper.analyzer.langfuse.progress import Progress, ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.traces_here import TracesHere
from watchkeeper.analyzer.schedule.threads import in_thread

# Times are asked for in milliseconds.
_SLACK_SECONDS = 1.0


class ObservationTaking:
    """Takes the observations of the report's project, with what was said where ``with_texts``."""

    def __init__(
        self,
        here: TracesHere,
        notes: ProgressNotes,
        intake: ExporterIntake,
        report: LangfuseReport,
        *,
        with_texts: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._here = here
        self._notes = notes
        self._intake = intake
        self._report = report
        self._with_texts = with_texts
        self._clock = clock

    async def take(self, items: Sequence[Any], window: Progress) -> Sequence[str]:
        """Hand on what is new, has ended and is not sent here by its application; return the ids that need no more."""
        read = [read_observation(item, self._report.project, with_texts=self._with_texts) for item in items]
        found = [one for one in read if one is not None]
        # A server that does not know the parameters of the time would give all that it ever had.
        within = [one for one in found if window.start - _SLACK_SECONDS <= one.at < window.end + _SLACK_SECONDS]
        asked = [one for one in within if not one.trace_id.startswith(OWN_TRACES)]
        # What ended later waits for the next run: a root, say, whose last children are not among what was asked for.
        over = [(one.ended, one) for one in asked if one.ended is not None and one.ended <= window.end]
        ended = {one.key: one for _, one in sorted(over, key=lambda pair: pair[0])}
        new, taken = await in_thread(lambda: self._sorted_out(list(ended.values())))
        refused = await self._intake.deliver([one.events() for one in taken])
        outcomes = {
            "taken": len(taken) - refused,
            "refused": refused,
            "sent_here": len(new) - len(taken),
            "known": len(ended) - len(new),
            "open": len(asked) - len(over),
            "own": len(within) - len(asked),
            "outside": len(found) - len(within),
            "malformed": read.count(None),
        }
        for outcome, observations in outcomes.items():
            self._report.observed(outcome, observations)
        return [one.key for one in new]

    def _sorted_out(self, ended: Sequence[ReadObservation]) -> tuple[list[ReadObservation], list[ReadObservation]]:
        """Those that are new, and of them those to take over, whose traces are noted then."""
        known = self._notes.known({key for one in ended for key in (one.key, one.trace_key)})
        new = [one for one in ended if one.key not in known]
        doubtful = [one for one in new if one.trace_id and one.trace_key not in known]
        if not doubtful:
            return new, new
        times = [one.at for one in doubtful]
        here = self._here.among({one.trace_id for one in doubtful}, min(times), max(times))
        taken_over = {one.trace_key for one in doubtful if one.trace_id not in here}
        self._notes.write(None, taken_over, self._clock())
        ours = known | taken_over
        return new, [one for one in new if not one.trace_id or one.trace_key in ours]
