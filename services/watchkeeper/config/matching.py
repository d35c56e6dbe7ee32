"""Rules of watchkeeper.yml that say whose calls are meant: patterns for what a call is labelled with."""

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Patterns, Section


class CallMatch(Section):
    """Which calls: of each label that is given one pattern must match, with * and ? as wildcards."""

    service: Patterns | None = None
    environment: Patterns | None = None
    tenant: Patterns | None = None
    agent: Patterns | None = None
    operation: Patterns | None = None
    provider: Patterns | None = None
    model: Patterns | None = None
    prompt: Patterns | None = None

    def rule(self) -> dict[str, tuple[str, ...]]:
        """The patterns of the labels that are given."""
        return {label: patterns for label, patterns in self if patterns is not None}


class TeamMatch(CallMatch):
    """What a team owns: of each label that is given one pattern must match, with * and ? as wildcards.

    ``user`` is compared with the user id as the telemetry has it, before it is hashed.
    """

    user: Patterns | None = None

    @model_validator(mode="after")
    def _of_something(self) -> "TeamMatch":
        """A rule without labels would own everything, and who wants that can say it: ``service: ["*"]``."""
        if not self.rule():
            raise PydanticCustomError("too_short", "empty", {"min_length": 1})
        return self


class BudgetMatch(CallMatch):
    """Whose calls a budget counts: of each label that is given one pattern must match, with * and ? as wildcards."""

    team: Patterns | None = None
