"""What is known of a job: its last runs, and whether something of them still lives."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended.

    SKIPPED: not started, because the run before was still within its deadline; that is no failure.
    BLOCKED: not started, because what an earlier run left behind after its deadline still lives.
    """

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run that ended: how, after how many seconds, with which kind of error and what it says.

    ``cause`` is an error that no one foresaw; its place goes on the line.
    """

    outcome: Outcome
    duration_seconds: float = 0.0
    error_type: str = ""
    error: str = ""
    cause: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job since the process started; times are Unix seconds.

    ``failures`` counts in a row, ``error`` is what the last run said, ``last_duration_seconds`` is None before the
    first run has ended.
    """

    started: float
    last_success: float | None = None
    last_duration_seconds: float | None = None
    failures: int = 0
    error: str = ""
