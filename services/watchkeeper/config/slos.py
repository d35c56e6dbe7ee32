"""Service level objectives as they are in watchkeeper.yml."""

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Limit, Patterns, Section, Slug, no_truth

SloKind = Literal["availability", "latency", "time_to_first_token", "quality", "cost_per_request"]

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m)\Z")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_TIMED: tuple[SloKind, ...] = ("latency", "time_to_first_token")
_HAS_UPPER_LIMIT: tuple[SloKind, ...] = (*_TIMED, "cost_per_request")

# For editors: text is a time, a number a cost.
_TIME_OR_COST: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]}

Value = TypeVar("Value", float | None, str | None)


def _share(given: Any) -> float:
    """Neither a percentage nor everything: an objective without any failure leaves no budget."""
    try:
        share = float("nan") if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        share = float("nan")
    if not 0 < share < 1:
        raise PydanticCustomError("share", "not a share")
    return share


Objective = Annotated[float, Field(gt=0, lt=1), BeforeValidator(_share)]


class Slo(Section):
    """An objective: the share of events that must be good, over 30 days, in each service by itself.

    Good is a call that did not fail (``availability``), a call whose duration, time to first token or cost is below
    ``under`` (a time with its unit, as 800ms, 5s or 2m; a cost in US dollars), or a score named ``score`` that is
    ``at_least`` so much.
    ``services`` may use * and ? as wildcards.
    """

    name: Slug
    kind: SloKind
    objective: Objective
    under: Annotated[Limit | None, Field(validate_default=True, json_schema_extra=_TIME_OR_COST)] = None
    score: Annotated[str, Field(max_length=128, validate_default=True)] = ""
    at_least: Annotated[float | None, Field(allow_inf_nan=False, validate_default=True), BeforeValidator(no_truth)] = (
        None
    )
    services: Patterns = ("*",)

    @field_validator("under", mode="before")
    @classmethod
    def _in_seconds(cls, given: Any, info: ValidationInfo) -> Any:
        """Text like 5s in seconds; times have a unit, since 10 may be meant as seconds or milliseconds."""
        if given is None or info.data.get("kind") not in _TIMED:
            return given
        if (found := _DURATION.match(str(given))) is None:
            raise PydanticCustomError("duration", "not a duration")
        return float(found[1]) * _UNIT_SECONDS[found[2]]

    @field_validator("under", mode="after")
    @classmethod
    def _upper_limit_where_it_means_something(cls, given: float | None, info: ValidationInfo) -> float | None:
        return _fits(given, info, _HAS_UPPER_LIMIT)

    @field_validator("score", mode="after")
    @classmethod
    def _score_where_it_means_something(cls, given: str, info: ValidationInfo) -> str:
        return _fits(given or None, info, ("quality",)) or ""

    @field_validator("at_least", mode="after")
    @classmethod
    def _lower_limit_where_it_means_something(cls, given: float | None, info: ValidationInfo) -> float | None:
        return _fits(given, info, ("quality",))

    @property
    def threshold(self) -> float | None:
        """What an event is compared with: seconds, dollars or a score; None for availability."""
        return self.at_least if self.under is None else self.under


def _fits(given: Value, info: ValidationInfo, kinds: tuple[SloKind, ...]) -> Value:
    """A key that the kind needs must be given, one that it does not know would change nothing, silently."""
    kind = info.data.get("kind")
    if kind is None:  # reported as an error of its own
        return given
    if kind in kinds and given is None:
        raise PydanticCustomError("needed", "needed", {"kind": kind})
    if kind not in kinds and given is not None:
        raise PydanticCustomError("needless", "needless", {"kind": kind})
    return given
