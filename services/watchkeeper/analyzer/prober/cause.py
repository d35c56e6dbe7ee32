"""Who changed when a canary gets worse: the provider, or the application between it and the users; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a target stands against its first runs."""

    LEARNING = "learning"
    NO_DATA = "no_data"
    STEADY = "steady"
    WORSE = "worse"


class Cause(StrEnum):
    """What a target that got worse suffers from.

    NONE: it did not get worse. PROVIDER: the same question to the model itself got worse answers, too.
    APPLICATION: the model itself answers as before, the application does not. UNKNOWN: it got worse, and whether the
    model did is not known. LEARNING: these are the first runs.
    """

    NONE = "none"
    PROVIDER = "provider"
    APPLICATION = "application"
    UNKNOWN = "unknown"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The targets of a canary: which are models, and which model each application works with, where that is known."""

    models: frozenset[str]
    model_of: Mapping[str, str]


def causes(standings: Mapping[str, Standing], targets: Targets) -> dict[str, Cause]:
    """The cause for each target that answered."""
    return {
        name: _cause(name, standing, standings, targets)
        for name, standing in standings.items()
        if standing is not Standing.NO_DATA
    }


def _cause(name: str, standing: Standing, standings: Mapping[str, Standing], targets: Targets) -> Cause:
    if standing is Standing.LEARNING:
        return Cause.LEARNING
    if standing is Standing.STEADY:
        return Cause.NONE
    if name in targets.models:
        return Cause.PROVIDER
    return _OF_MODEL[standings.get(_model_behind(name, targets), Standing.NO_DATA)]


def _model_behind(name: str, targets: Targets) -> str:
    """The model of an application: the one it names, or the only one that the canary asks."""
    only = next(iter(targets.models)) if len(targets.models) == 1 else ""
    return targets.model_of.get(name, only)


_OF_MODEL = {
    Standing.WORSE: Cause.PROVIDER,
    Standing.STEADY: Cause.APPLICATION,
    Standing.LEARNING: Cause.UNKNOWN,
    Standing.NO_DATA: Cause.UNKNOWN,
}
