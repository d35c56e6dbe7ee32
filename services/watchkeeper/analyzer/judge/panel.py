"""All judges of an evaluator on one answer: what each says of each criterion, and what that comes to."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.analyzer.judge.asking import AskedJudge
from watchkeeper.analyzer.judge.item import Item
from watchkeeper.analyzer.rubric.scale import Scale, Verdict
from watchkeeper.analyzer.rubric.score import Rubric, score
from watchkeeper.config.evaluators import Criterion, Evaluator
from watchkeeper.errors import EndpointError

# Numbers of two judges that are further apart than this share of the scale: more than one step of five.
_APART = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """One criterion: the verdict of all judges together and of each, or why there is none."""

    criterion: Criterion
    verdict: Verdict | None = None
    by_judge: tuple[Verdict, ...] = ()
    error_type: str = ""
    error: str = ""

    @property
    def is_disputed(self) -> bool:
        """Whether judges are far apart, or name different categories."""
        values = [one.value for one in self.by_judge if one.value is not None]
        return len({one.category for one in self.by_judge}) > 1 or bool(values and max(values) - min(values) > _APART)


def scale_of(criterion: Criterion) -> Scale:
    """The scale of a criterion."""
    return Scale(
        kind=criterion.scale,
        lowest=criterion.lowest,
        highest=criterion.highest,
        categories=criterion.categories,
    )


class Panel:
    """The judges of one evaluator, by the names of their models."""

    def __init__(self, evaluator: Evaluator, judges: Mapping[str, AskedJudge]) -> None:
        self.evaluator = evaluator
        self.judges = [(judges[judge.model], judge.weight) for judge in evaluator.judges]

    async def results(self, item: Item) -> tuple[CriterionResult, ...]:
        """Score every criterion, one after the other; a criterion that one judge does not score has no score.

        Raises: BudgetSpentError and StateError, after which nothing of the item counts.
        """
        return tuple([await self.result(criterion, item.material()) for criterion in self.evaluator.criteria])

    async def result(self, criterion: Criterion, material: Mapping[str, str]) -> CriterionResult:
        """Score one criterion by all judges, side by side."""
        said = await asyncio.gather(
            *(self._of_judge(judge, criterion, material) for judge, _ in self.judges), return_exceptions=True
        )
        for problem in (one for one in said if isinstance(one, BaseException)):
            if not isinstance(problem, EndpointError):
                raise problem
            return CriterionResult(criterion=criterion, error_type=problem.error_type, error=str(problem))
        verdicts = [one for one in said if isinstance(one, Verdict)]
        together = weighed(verdicts, [weight for _, weight in self.judges])
        return CriterionResult(criterion=criterion, verdict=together, by_judge=tuple(verdicts))

    async def _of_judge(self, judge: AskedJudge, criterion: Criterion, material: Mapping[str, str]) -> Verdict:
        """The mean of its samples, or the category that it gives most often."""
        rubric = Rubric(text=criterion.rubric, scale=scale_of(criterion), temperature=self.evaluator.temperature)
        said = [await score(judge.ask, rubric, material) for _ in range(self.evaluator.samples)]
        return weighed(said, [1 / len(said)] * len(said))


def weighed(verdicts: Sequence[Verdict], weights: Sequence[float]) -> Verdict:
    """The weighed mean of numbers, or the category with most weight; of equal ones the first."""
    values = [verdict.value for verdict in verdicts if verdict.value is not None]
    if values:
        return Verdict(value=sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights))
    votes: Counter[str] = Counter()
    for verdict, weight in zip(verdicts, weights, strict=True):
        votes[verdict.category] += weight  # type: ignore[assignment]  # votes have weights
    return Verdict(category=votes.most_common(1)[0][0])


def composite(results: Sequence[CriterionResult]) -> float | None:
    """The weighed mean of all criteria; None where one has no number, which would be the mean of something else."""
    values = [result.verdict.value if result.verdict else None for result in results]
    if any(value is None for value in values):
        return None
    weights = [result.criterion.weight for result in results]
    return sum((value or 0.0) * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def passes(evaluator: Evaluator, results: Sequence[CriterionResult]) -> bool | None:
    """Whether an answer passes the gate; None without a gate, or without all of the scores."""
    mean = composite(results)
    if evaluator.gate is None or mean is None:
        return None
    values = {result.criterion.name: result.verdict.value or 0.0 for result in results if result.verdict}
    each = all(values[name] >= least for name, least in evaluator.gate.criteria.items())
    return each and mean >= evaluator.gate.at_least
