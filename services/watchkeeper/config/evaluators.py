"""Judges as they are in watchkeeper.yml: which answers models score, by which rubrics, and what that may cost."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from watchkeeper.config.endpoints import Model
from watchkeeper.config.expectations import Text
from watchkeeper.config.section import (
    Name,
    Patterns,
    Quantity,
    Section,
    Slug,
    no_truth,
    refuse_taken,
)

_OUTPUT = "{{output}}"
# Weights are written with two digits; three of 0.33 are not one.
_SUM_TOLERANCE = 0.001
_MOST = 16

Entry = TypeVar("Entry")

Weight = Annotated[float, Field(gt=0, le=1), BeforeValidator(no_truth)]
Ratio = Annotated[float, Field(ge=0, le=1), BeforeValidator(no_truth)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(no_truth)]


def _adds_up(weights: Sequence[float]) -> None:
    if abs(sum(weights) - 1) > _SUM_TOLERANCE:
        raise PydanticCustomError("weights", "not one", {"sum": f"{sum(weights):g}"})


def _some(given: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Each is a call of a model for each answer."""
    if not 0 < len(given) <= _MOST:
        raise PydanticCustomError("some", "too few or too many", {"most": _MOST})
    return given


def _with_output(rubric: str) -> str:
    """A rubric that does not show the answer would score nothing."""
    if _OUTPUT not in rubric.replace(" ", ""):
        raise PydanticCustomError("rubric", "no output")
    return rubric


class EvaluatedCalls(Section):
    """Which calls: of each label that is given one pattern must match, with * and ? as wildcards."""

    service: Patterns | None = None
    environment: Patterns | None = None
    agent: Patterns | None = None
    prompt: Patterns | None = None
    model: Patterns | None = None


class Criterion(Section):
    """One score of an answer.

    ``rubric`` says what is asked, with {{input}}, {{output}}, {{context}} (documents that the same trace found) and
    {{metadata.NAME}} (a field of the call's log line).
    ``scale`` is ``numeric`` from ``lowest`` to ``highest``, ``boolean``, or ``categorical`` with ``categories``.
    Numbers become 0 to 1. ``weight`` is its share of the mean of all criteria.
    """

    name: Slug
    rubric: Annotated[Text, AfterValidator(_with_output)]
    weight: Weight = 1.0
    scale: Literal["numeric", "boolean", "categorical"] = "numeric"
    lowest: Number = 1.0
    highest: Number = 5.0
    categories: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _of_one_scale(self) -> "Criterion":
        """A scale needs its ends, or its categories, and no others."""
        if self.lowest >= self.highest:
            raise PydanticCustomError("scale_ends", "no scale")
        if (self.scale == "categorical") != bool(self.categories):
            raise PydanticCustomError("scale_categories", "categories")
        return self


class Judge(Section):
    """Who scores: a model of ``models``, and its share of the score."""

    model: Slug
    weight: Weight = 1.0


class Gate(Section):
    """What an answer must reach: ``at_least`` as mean of all criteria, and of ``criteria`` each its own minimum."""

    at_least: Ratio = 0.7
    criteria: dict[Slug, Ratio] = Field(default_factory=dict)


class Evaluator(Section):
    """Scores a ``sample`` (share of traces) of the answers of the calls that ``match``; failed calls are left out.

    Every judge scores every criterion ``samples`` times; weights of judges, and of criteria, add up to 1. With a
    ``gate`` each scored answer passes or fails it.
    """

    name: Slug
    match: EvaluatedCalls = EvaluatedCalls()
    sample: Ratio = 0.1
    judges: Annotated[tuple[Judge, ...], AfterValidator(_some)]
    samples: Annotated[Quantity, Field(le=10)] = 1
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0.0
    criteria: Annotated[tuple[Criterion, ...], AfterValidator(_some)]
    gate: Gate | None = None

    @model_validator(mode="after")
    def _weighed(self) -> "Evaluator":
        """Shares of a whole; a gate of what is scored, and scored by numbers."""
        _adds_up([judge.weight for judge in self.judges])
        _adds_up([criterion.weight for criterion in self.criteria])
        names = [criterion.name for criterion in self.criteria]
        refuse_taken([*names, *([self.name] if len(names) > 1 else [])])
        if self.gate is not None:
            if any(criterion.scale == "categorical" for criterion in self.criteria):
                raise PydanticCustomError("gate_scale", "categories have no mean")
            if unknown := sorted(self.gate.criteria.keys() - set(names)):
                raise PydanticCustomError("gate_criteria", "unknown", {"known": ", ".join(names), "name": unknown[0]})
        return self


class Evaluators(Section):
    """Judges; off while ``sets`` is empty. What they cost stops at ``limit_usd_per_day`` (a day of UTC)."""

    limit_usd_per_day: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), BeforeValidator(no_truth)] = Decimal(1)
    sets: tuple[Evaluator, ...] = ()


def refuse_unknown_judges(evaluators: Evaluators, models: tuple[Model, ...]) -> None:
    """Every judge is a model of the file, and every evaluator has a name of its own.

    Raises: ValidationError with each that is not.
    """
    refuse_taken([evaluator.name for evaluator in evaluators.sets])
    problems = list(_unknown(evaluators, [model.name for model in models]))
    if problems:
        raise ValidationError.from_exception_data("evaluators", problems)


def _unknown(evaluators: Evaluators, known: list[str]) -> Iterator[InitErrorDetails]:
    for place, evaluator in enumerate(evaluators.sets):
        for number, judge in enumerate(evaluator.judges):
            if judge.model not in known:
                error = PydanticCustomError("unknown_name", "unknown", {"known": ", ".join(known) or "none"})
                yield InitErrorDetails(type=error, loc=("sets", place, "judges", number, "model"), input=judge.model)
