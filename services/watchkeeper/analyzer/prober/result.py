"""What a run gave, as metrics, lines and `watchkeeper canary run` show it."""

from collections.abc import Mapping

import msgspec

from watchkeeper.analyzer.endpoints.answer import Answer
from watchkeeper.analyzer.prober.cause import Cause, Standing
from watchkeeper.analyzer.prober.expectation import Part


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """One answer and how much of each expectation it has."""

    answer: Answer
    parts: tuple[Part, ...]


class TargetResult(msgspec.Struct, frozen=True, kw_only=True):
    """One target: its answers, or why there are none.

    ``score`` and what follows are None, empty or NO_DATA where it did not answer. ``changes`` are what the provider
    says of itself (model, fingerprint, input_tokens), each with whether it is new.
    """

    target: str
    graded: tuple[Graded, ...] = ()
    score: float | None = None
    similarity: float | None = None
    standing: Standing = Standing.NO_DATA
    cause: Cause = Cause.UNKNOWN
    changes: Mapping[str, bool] = {}
    error_type: str = ""
    error: str = ""


class CanaryResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run against all targets."""

    canary: str
    prompt: str
    limit: float
    targets: tuple[TargetResult, ...]


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """One golden query: what it found and how good that is, or why there is nothing."""

    name: str
    query: str
    difficulty: str
    expected: tuple[str, ...]
    found: tuple[str, ...] = ()
    measured: Mapping[str, float] | None = None
    error_type: str = ""
    error: str = ""


class GoldenResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run of all golden queries of a search."""

    search: str
    k: int
    queries: tuple[QueryResult, ...]
