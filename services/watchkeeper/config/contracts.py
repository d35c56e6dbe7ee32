"""Contracts of agents as they are in watchkeeper.yml: what a run should do, and what it must not."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.json_schemas import Schema
from watchkeeper.config.section import Limit, Name, Patterns, Quantity, Section, Slug, no_truth

Match = Literal["strict", "unordered", "subset", "superset"]
# A retriever's own measure, which may be below zero.
Relevance = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(no_truth)]
Pair = Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)]


class ToolRules(Section):
    """Which tools a run should use.

    ``expect`` is compared as ``match`` says, in the terms of the field: ``superset`` (all of these, and others too),
    ``subset`` (none but these), ``unordered`` (exactly these) or ``strict`` (exactly these, in this order).
    ``at_least`` and ``at_most`` count the runs of a tool; of each pair in ``before`` the first tool must have run
    before the second. A run of a tool that failed and was tried again counts for ``at_most`` alone.
    """

    expect: tuple[Name, ...] = ()
    match: Match = "superset"
    at_least: dict[Name, Quantity] = Field(default_factory=dict)
    at_most: dict[Name, Quantity] = Field(default_factory=dict)
    before: tuple[Pair, ...] = ()

    @field_validator("match", mode="after")
    @classmethod
    def _of_something(cls, given: Match, info: ValidationInfo) -> Match:
        """A mode without tools would compare nothing, silently."""
        if "expect" in info.data and not info.data["expect"]:
            raise PydanticCustomError("match_without_expect", "nothing to compare")
        return given


class Condition(Section):
    """What a run should do that took a branch: use ``tools``, and be reviewed by a person if ``human_review`` is true.

    ``node`` is needed only where several nodes have branches of this name.
    """

    branch: Name
    node: str = ""
    tools: tuple[Name, ...] = ()
    human_review: bool = False


class Forbidden(Section):
    """What a run must not fall back to: models, tools and branches, with * and ? as wildcards."""

    models: tuple[Name, ...] = ()
    tools: tuple[Name, ...] = ()
    branches: tuple[Name, ...] = ()


class OutputBounds(Section):
    """What the answer of a run must be: its length in characters, and a JSON schema.

    It needs ``privacy.inspect``, or content that is captured.
    """

    min_length: Quantity | None = None
    max_length: Quantity | None = None
    json_schema: Schema | None = None

    @field_validator("max_length", mode="after")
    @classmethod
    def _not_below_the_minimum(cls, given: int | None, info: ValidationInfo) -> int | None:
        """Bounds between which nothing lies would fail every run."""
        lowest = info.data.get("min_length")
        if given is not None and lowest is not None and given < lowest:
            raise PydanticCustomError("greater_than_equal", "below", {"ge": lowest})
        return given


class Contract(Section):
    """What runs of an agent should do: all that is given must hold.

    ``agent``, ``service`` and ``prompt`` say whose runs, with * and ? as wildcards; what is left out may be anything.
    ``max_steps``, ``max_tokens``, ``max_cost_usd`` and ``max_seconds`` are of a run. ``min_documents`` are those of all
    its searches, ``min_top_score`` the best score among them. ``guardrails`` must have checked it, and a person must
    have been asked if ``human_review`` is true.
    """

    name: Slug
    agent: Patterns = ("*",)
    service: Patterns = ("*",)
    prompt: Patterns = ("*",)
    tools: ToolRules = ToolRules()
    when: tuple[Condition, ...] = ()
    max_steps: Quantity | None = None
    max_tokens: Quantity | None = None
    max_cost_usd: Limit | None = None
    max_seconds: Limit | None = None
    min_documents: Quantity | None = None
    min_top_score: Relevance | None = None
    forbid: Forbidden = Forbidden()
    human_review: bool = False
    guardrails: tuple[Name, ...] = ()
    output: OutputBounds = OutputBounds()

    @model_validator(mode="after")
    def _of_something(self) -> "Contract":
        """One without rules would hold for every run, and look like a check."""
        if not self.model_fields_set - {"name", "agent", "service", "prompt"}:
            raise PydanticCustomError("no_rules", "no rules")
        return self

    def tool_names(self) -> tuple[str, ...]:
        """Every tool that it names without wildcards, each once."""
        rules = self.tools
        named = [*rules.expect, *rules.at_least, *rules.at_most, *(tool for pair in rules.before for tool in pair)]
        named += [tool for condition in self.when for tool in condition.tools]
        return tuple(dict.fromkeys(named))
