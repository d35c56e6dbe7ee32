"""Mistakes that change nothing anybody could notice, each with its reason."""

from typing import NamedTuple


class Equivalent(NamedTuple):
    """A mutant that no case can fail on: the rule's name, what became what, and why that is no mistake."""

    rule: str
    before: str
    after: str
    reason: str


EQUIVALENTS = (
    Equivalent("Watchdog", "1", "1.5", "it fires at every value, and nobody reads the value"),
    Equivalent("Watchdog", "1", "0.666667", "it fires at every value, and nobody reads the value"),
)
