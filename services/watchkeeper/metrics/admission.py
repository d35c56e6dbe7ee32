"""Admission of label values: a label takes so many different values, and everything after that is ``other``."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

OTHER = "other"
_MAX_LENGTH = 128

# Labels that senders fill, and how many values each may take; labels of closed sets need no cap.
DEFAULT_LIMITS: dict[str, int] = {
    "service": 200,
    "team": 100,
    "tenant": 200,
    "operation": 30,
    "provider": 50,
    "model": 200,
    "prompt": 300,
    "prompt_version": 300,
    "agent": 200,
    "tool": 300,
    "node": 200,
    "branch": 300,
    "retriever": 100,
    "cache": 50,
    "score": 100,
    "category": 200,
    "gate": 100,
    "guardrail": 100,
    "alertname": 500,
    "severity": 10,
}


class LabelUse(msgspec.Struct, frozen=True):
    """How full a label is."""

    label: str
    values: int
    limit: int


class LabelAdmission:
    """Remembers the values each label has taken; ``on_overflow`` hears the label of every refused value.

    Memory is bounded by the limits: a refused value is not remembered.
    """

    def __init__(self, limits: Mapping[str, int], on_overflow: Callable[[str], None]) -> None:
        self._limits = {**DEFAULT_LIMITS, **limits}
        self._admitted: dict[str, dict[str, str]] = {label: {} for label in self._limits}
        self._on_overflow = on_overflow

    def admit(self, label: str, value: str) -> str:
        """Return the value to use; an empty one stays empty and takes no place."""
        if not value:
            return ""
        admitted = self._admitted[label]
        known = admitted.get(value)
        if known is not None:
            return known
        if len(admitted) >= self._limits[label]:
            self._on_overflow(label)
            return OTHER
        return admitted.setdefault(value, _clean(value))

    def known(self, label: str, value: str) -> str:
        """Return what ``admit`` answered for the value, without counting or admitting anything."""
        return self._admitted[label].get(value, OTHER) if value else ""

    def reserve_row(self, labels: Sequence[str], values: Sequence[str]) -> None:
        """Admit the values of a series that exists already, whatever the limits."""
        for label, value in zip(labels, values, strict=True):
            if value and value != OTHER and label in self._admitted:
                self._admitted[label].setdefault(value, value)

    def values(self, label: str) -> list[str]:
        """The admitted values of a label."""
        return list(self._admitted[label].values())

    def use(self) -> list[LabelUse]:
        """How full each label is."""
        return [LabelUse(label, len(values), self._limits[label]) for label, values in self._admitted.items()]


def _clean(value: str) -> str:
    """Printable text of bounded length: control characters and lone surrogates have no place in a label."""
    text = value[:_MAX_LENGTH]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")
