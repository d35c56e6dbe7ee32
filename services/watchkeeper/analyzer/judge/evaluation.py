"""Reads new answers, lets judges score them within the budget, and reports what came of it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from watchkeeper.analyzer.endpoints.bill import call_event
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.judge.asking import CIRCUIT_OPEN, UNPRICED, AskedJudge
from watchkeeper.analyzer.judge.budget import BudgetSpentError, DailyBudget
from watchkeeper.analyzer.judge.events import events_of
from watchkeeper.analyzer.judge.item import Skip
from watchkeeper.analyzer.judge.panel import CriterionResult
from watchkeeper.analyzer.judge.queue import AnswerQueue, Waiting
from watchkeeper.analyzer.judge.report import JudgeReport
from watchkeeper.analyzer.notes.notes import Notes
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import JobError

log = structlog.get_logger()

# Whose calls those of judges are on dashboards and bills, and what they do.
SERVICE = "watchkeeper-judges"
OPERATION = "evaluate"
# After this no new answer is begun; what was begun may take as long as the job may.
_BEGIN_SECONDS = 60.0
_AT_ONCE = 4
_KIND, _CURSOR = "judge_cursor", "lines"
# What a person must mend; other failures are counted, and the next answer is tried.
_LASTING = frozenset({"unauthorized", "refused", "no_key", "unreachable", UNPRICED, CIRCUIT_OPEN})


class Evaluation:
    """The judges at work; ``clock`` gives Unix seconds."""

    def __init__(  # noqa: PLR0913  # what judges need of the process
        self,
        queue: AnswerQueue,
        judges: Mapping[str, AskedJudge],
        report: JudgeReport,
        *,
        budget: DailyBudget,
        notes: Notes,
        sender: EventSender,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._judges = judges
        self._report = report
        self._budget = budget
        self._notes = notes
        self._sender = sender
        self._clock = clock

    async def run(self) -> None:
        """Score what is new.

        Raises: JobError when Loki cannot be asked, or for judges that will not answer before someone mends something;
        StateError when what is spent cannot be noted.
        """
        await self._budget.spent()
        await in_thread(self._begin)
        await self._queue.read(int(self._clock() * 1e9))
        until = time.monotonic() + _BEGIN_SECONDS
        try:
            found = await asyncio.gather(*(self._work(until) for _ in range(_AT_ONCE)))
        finally:
            self._report.waits(len(self._queue.waiting))
            cursor = str(self._queue.unread_ns)
            await in_thread(lambda: self._notes.write(_KIND, _CURSOR, cursor))
        problems = dict.fromkeys(problem for problems in found for problem in problems)
        if problems:
            raise JobError("; ".join(problems))

    def _begin(self) -> None:
        """Go on where an analyzer before this one stopped."""
        if not self._queue.has_begun and (noted := self._notes.read(_KIND, _CURSOR)):
            self._queue.begin_at(int(noted))

    async def _work(self, until: float) -> list[str]:
        """Score one answer after the other; returns what someone must mend."""
        problems: list[str] = []
        while self._queue.waiting and time.monotonic() < until:
            one = self._queue.waiting.popleft()
            if any(judge.is_resting for judge, _ in one.panel.judges):
                self._queue.waiting.appendleft(one)
                return [*problems, "a judge failed again and again and is left alone for a while"]
            problems += await self._scored(one)
        return problems

    async def _scored(self, one: Waiting) -> list[str]:
        evaluator = one.panel.evaluator
        try:
            results = await one.panel.results(one.item)
        except BudgetSpentError as error:
            self._report.skipped(evaluator.name, Skip.BUDGET)
            self._report.budget_spent(str(error))
            return []
        except asyncio.CancelledError:
            self._queue.waiting.appendleft(one)
            raise
        finally:
            await self.bill(evaluator.name)
        self._report.take(evaluator, one.item, results)
        await self._sender.send(events_of(evaluator, one.item, results))
        return _lasting(results)

    async def bill(self, name: str) -> None:
        """Report what judges answered, whether it was a verdict or not: it is on the bill."""
        events = []
        for judge in self._judges.values():
            answers, judge.calls = judge.calls, []
            events += [call_event(SERVICE, OPERATION, judge.model, answer, prompt=name) for answer in answers]
        if events:
            await self._sender.send(events)


def _lasting(results: Sequence[CriterionResult]) -> list[str]:
    for result in results:
        if result.error_type:
            log.warning("answer_not_scored", criterion=result.criterion.name, error_type=result.error_type)
    return [result.error for result in results if result.error_type in _LASTING]
