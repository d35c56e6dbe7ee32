"""What is asked of a model or an application, and what comes back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request; ``temperature`` None sends none."""

    prompt: str
    system: str = ""
    temperature: float | None = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the text, and what the provider says of itself; empty or None where it says nothing.

    ``input_tokens`` is the total including cached ones, ``output_tokens`` the total including reasoning.
    """

    text: str
    duration_seconds: float
    model: str = ""
    fingerprint: str = ""
    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
