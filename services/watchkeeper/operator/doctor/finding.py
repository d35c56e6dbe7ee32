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
    message: str
    fix: str = ""


def fine(about: str, message: str) -> Finding:
    """Nothing to do."""
    return Finding(about=about, grade=Grade.FINE, message=message)


def unknown(about: str, message: str, fix: str) -> Finding:
    """It could not be looked at."""
    return Finding(about=about, grade=Grade.UNKNOWN, message=message, fix=fix)


def warning(about: str, message: str, fix: str) -> Finding:
    """It works, and may not for long or for everyone."""
    return Finding(about=about, grade=Grade.WARNING, message=message, fix=fix)


def wrong(about: str, message: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(about=about, grade=Grade.WRONG, message=message, fix=fix)
