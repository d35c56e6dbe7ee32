"""One canary: asks its question of every target, scores the answers and holds them against the first ones."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import msgspec
from msgspec.structs import replace

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.retrying import with_retries
from watchkeeper.analyzer.notes.notes import Notes
from watchkeeper.analyzer.prober import expectation
from watchkeeper.analyzer.prober.baseline import Baseline, TargetRun, changes, is_worse, learnt
from watchkeeper.analyzer.prober.cause import Standing, Targets, causes
from watchkeeper.analyzer.prober.expectation import Part
from watchkeeper.analyzer.prober.result import CanaryResult, Graded, TargetResult
from watchkeeper.analyzer.prober.similarity import similarity
from watchkeeper.analyzer.rubric.score import Rubric, score
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.config.canaries import Canary
from watchkeeper.errors import EndpointError

_KIND = "canary_baseline"

Ask = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a canary asks: its name, how it is asked, and what of its configuration makes it another target."""

    name: str
    ask: Ask
    definition: str


class CanaryRunner:
    """Runs one canary; ``judge`` answers the question of its rubric, ``limit`` is the score below which it fails."""

    def __init__(
        self,
        canary: Canary,
        targets: Sequence[Target],
        roles: Targets,
        *,
        notes: Notes,
        limit: float,
        judge: Ask | None = None,
    ) -> None:
        self.canary = canary
        self._targets = targets
        self._roles = roles
        self._notes = notes
        self._limit = limit
        self._judge = judge
        self._turn = asyncio.Lock()

    async def run(self) -> CanaryResult:
        """Ask every target, side by side. A target that does not answer has no score; the others do.

        Raises: StateError when what the first answers were cannot be read or written.
        """
        async with self._turn:
            asked = await asyncio.gather(*(self._asked(target) for target in self._targets))
        found = causes({result.target: result.standing for result in asked}, self._roles)
        results = tuple(replace(result, cause=found.get(result.target, result.cause)) for result in asked)
        return CanaryResult(canary=self.canary.name, prompt=self.canary.prompt, limit=self._limit, targets=results)

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        return self._turn.locked()

    async def _asked(self, target: Target) -> TargetResult:
        canary = self.canary
        question = Question(prompt=canary.prompt, system=canary.system, temperature=canary.temperature)
        try:
            graded = [await self._graded(target, question) for _ in range(canary.repeats)]
        except EndpointError as error:
            return TargetResult(target=target.name, error_type=error.error_type, error=str(error))
        return await self._compared(target, tuple(graded))

    async def _graded(self, target: Target, question: Question) -> Graded:
        answer = await with_retries(lambda: target.ask(question))
        parts = [*expectation.parts(self.canary.expect, answer.text), *await self._by_rubric(answer)]
        return Graded(answer=answer, parts=tuple(parts))

    async def _by_rubric(self, answer: Answer) -> list[Part]:
        rubric, ask = self.canary.expect.rubric, self._judge
        if rubric is None or ask is None:
            return []
        asked = Rubric(text=f"{rubric}\n\nThe question:\n{{{{input}}}}\nThe answer:\n{{{{output}}}}")
        material = {"input": self.canary.prompt, "output": answer.text}
        verdict = await with_retries(lambda: score(ask, asked, material))
        return [Part(expected="rubric", score=verdict.value or 0.0)]

    async def _compared(self, target: Target, graded: tuple[Graded, ...]) -> TargetResult:
        run = TargetRun(
            answers=tuple(one.answer for one in graded),
            scores=tuple(expectation.mean(list(one.parts)) for one in graded),
        )
        name = f"{self.canary.name}/{target.name}/{_digest(self.canary, target)}"
        before = await in_thread(lambda: self._baseline(name))
        after = learnt(before, run, self._limit)
        if after != before:
            await in_thread(lambda: self._notes.write(_KIND, name, msgspec.json.encode(after).decode()))
        worse = is_worse(run, before, self._limit)
        return TargetResult(
            target=target.name,
            graded=graded,
            score=run.score,
            similarity=similarity([answer.text for answer in run.answers], before.answers) if before else None,
            standing=Standing.LEARNING if before is None else Standing.WORSE if worse else Standing.STEADY,
            changes=changes(run, before) if before else {},
        )

    def _baseline(self, name: str) -> Baseline | None:
        text = self._notes.read(_KIND, name)
        return msgspec.json.decode(text, type=Baseline) if text else None


def _digest(canary: Canary, target: Target) -> str:
    """The same as long as the same is asked of the same in the same way: another question has other first answers."""
    asked: Mapping[str, object] = canary.model_dump(mode="json", exclude={"every", "targets"})
    pieces = chain([target.definition], (f"{key}={value!r}" for key, value in sorted(asked.items())))
    return hashlib.sha256("\n".join(pieces).encode()).hexdigest()[:16]
