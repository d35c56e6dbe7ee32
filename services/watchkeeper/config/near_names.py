"""Which of the known names someone meant who wrote another one. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches


def did_you_mean(given: object, known: Sequence[str], most: int = 1) -> str:
    """`` (did you mean x?)``, or nothing where no known name is near."""
    close = ", ".join(get_close_matches(str(given), known, n=most))
    return f" (did you mean {close}?)" if close else ""
