"""One thing that the doctor looked at: how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How it is; only WRONG makes the command fail."""

    FINE = "fine"
    UNKNOWN = "unknown"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, how it is, and the fix in one sentence; FINE needs none."""

    about: str
    grade: Grade
    told: str
    fix: str = ""


def fine(about: str, told: str) -> Finding:
    """Nothing to do."""
    return Finding(about=about, grade=Grade.FINE, told=told)


def unknown(about: str, told: str, fix: str) -> Finding:
    """It could not be looked at."""
    return Finding(about=about, grade=Grade.UNKNOWN, told=told, fix=fix)


def warning(about: str, told: str, fix: str) -> Finding:
    """It works, and may not for long or for everybody."""
    return Finding(about=about, grade=Grade.WARNING, told=told, fix=fix)


def wrong(about: str, told: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(about=about, grade=Grade.WRONG, told=told, fix=fix)
