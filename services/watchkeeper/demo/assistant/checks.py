"""What the application makes of an answer: how sure the model is, what it rests on, what it assures. Pure."""

import re

_CONFIDENCE = re.compile(r"Confidence:\s*(\d(?:\.\d+)?)")
_SENTENCE = re.compile(r"[^.!?]+[.!?]")
_SOURCE = re.compile(r"\[[\w-]+\]")
_ASSURANCE = re.compile(r"\b(guaranteed by tomorrow|I promise)\b", re.IGNORECASE)

# Below it a person looks at the answer before the customer does.
SURE = 0.67
GROUNDED = 0.6
PLEASED = 0.75


def confidence(answer: str) -> float:
    """How sure the model says it is, 0 to 1; 0 when it does not say."""
    found = _CONFIDENCE.search(answer)
    return min(1.0, float(found[1])) if found else 0.0


def groundedness(answer: str) -> float:
    """The share of sentences that cite a source, 0 to 1."""
    sentences = _SENTENCE.findall(_CONFIDENCE.sub("", answer))
    return sum(bool(_SOURCE.search(one)) for one in sentences) / len(sentences) if sentences else 0.0


def keeps_rules(answer: str) -> bool:
    """Whether it assures nothing that it may not."""
    return _ASSURANCE.search(answer) is None
