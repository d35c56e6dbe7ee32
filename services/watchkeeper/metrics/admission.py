"""Admission of label values: a label takes so many different values, and everything after that is ``other``.

The last fifth of the places is for values that come again and again or are known to be real (docs/decisions/0013),
so that names made up once each cannot keep a real one out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from watchkeeper.metrics.frequent import Frequent

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

# A fifth: the open places are full exactly when the label is four fifths full, where WatchkeeperLabelNearlyFull is.
_EARNED_SHARE = 5
# A label of few places serves them all at first sight.
_FEW_PLACES = 20
_SIGHTINGS = 10
# A value that is at least one in so many of a label's refused ones is noticed, whatever the others are.
_WATCHED = 256


class LabelUse(msgspec.Struct, frozen=True):
    """How full a label is."""

    label: str
    values: int
    limit: int


class LabelAdmission:
    """Remembers the values each label has taken; ``on_overflow`` hears the label of every refused value.

    ``known`` are values per label that may take any place at first sight.
    Memory is bounded by the limits: of the refused values only the busiest are remembered, for a while.
    """

    def __init__(
        self,
        limits: Mapping[str, int],
        on_overflow: Callable[[str], None],
        known: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._limits = {**DEFAULT_LIMITS, **limits}
        self._open = {label: limit - _earned(limit) for label, limit in self._limits.items()}
        self._known = {label: frozenset(values) for label, values in (known or {}).items()}
        self._admitted: dict[str, dict[str, str]] = {label: {} for label in self._limits}
        self._refused = {label: Frequent(_WATCHED) for label in self._limits}
        self._on_overflow = on_overflow

    def admit(self, label: str, value: str) -> str:
        """Return the value to use; an empty one stays empty and takes no place."""
        if not value:
            return ""
        admitted = self._admitted[label]
        known = admitted.get(value)
        if known is not None:
            return known
        if len(admitted) >= self._open[label] and not self._deserves(label, value):
            self._on_overflow(label)
            return OTHER
        return admitted.setdefault(value, cleaned(value))

    def _deserves(self, label: str, value: str) -> bool:
        """Whether a value may take one of the last places: a real one does, others when they have come often."""
        if len(self._admitted[label]) >= self._limits[label]:
            return False
        if value in self._known.get(label, ()):
            return True
        refused = self._refused[label]
        if refused.add(value[:_MAX_LENGTH]) < _SIGHTINGS:
            return False
        refused.forget(value[:_MAX_LENGTH])
        return True

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


def _earned(limit: int) -> int:
    """How many of a label's places must be earned."""
    return limit // _EARNED_SHARE if limit >= _FEW_PLACES else 0


def cleaned(value: str) -> str:
    """Printable text of bounded length: control characters and lone surrogates have no place in a label."""
    text = value[:_MAX_LENGTH]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")
