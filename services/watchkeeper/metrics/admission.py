"""Admission of label values: a label takes so many different values, and everything after that is ``other``.

Each service has places of its own, and each prompt places for its versions, so that what one sender makes up never
takes another's places. Places that no one uses for long are free again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.lifetime import Lifetime
from watchkeeper.metrics.places import Evicting, FirstCome, Places

# Versions of a prompt for which there is no place.
OLDER = "older"
_MAX_LENGTH = 128

# Labels that senders fill, and how many values each may take; labels of closed sets need no cap. All services share
# the places of GLOBAL labels; the others have so many for each service, versions for each prompt of a service.
DEFAULT_LIMITS: dict[str, int] = {
    # Two hundred by their names from the first call on: the last fifth of places is earned.
    "service": 256,
    "team": 50,
    "tenant": 200,
    "operation": 30,
    "provider": 20,
    "model": 100,
    "prompt": 100,
    "prompt_version": 20,
    "agent": 100,
    "tool": 200,
    "node": 200,
    "branch": 200,
    "edge_source": 200,
    "edge_target": 400,
    "retriever": 50,
    "cache": 50,
    "score": 100,
    "category": 200,
    "gate": 100,
    "guardrail": 100,
    "dimension": 10,
    "alertname": 500,
    "severity": 10,
}
GLOBAL = frozenset({"service", "alertname", "severity"})
_VERSION = "prompt_version"
_SERVICES = ("service",)

# Label and service of a refused value.
OnOverflow = Callable[[str, str], None]


class LabelUse(msgspec.Struct, frozen=True):
    """How many values of a label a service uses, of all its prompts together; "" stands for all services."""

    label: str
    service: str
    values: int
    limit: int


class LabelAdmission:
    """Remembers the values each label has taken; ``on_overflow`` is notified of every refused value.

    ``known`` are values per label that may take any place at first sight.
    Memory is bounded by the limits: of the refused values only the busiest are remembered, for a while.
    """

    def __init__(
        self,
        limits: Mapping[str, int],
        on_overflow: OnOverflow,
        known: Mapping[str, Iterable[str]] | None = None,
        life: Lifetime | None = None,
    ) -> None:
        self._limits = {**DEFAULT_LIMITS, **limits}
        self._known = {label: frozenset(values) for label, values in (known or {}).items()}
        self._life = life or Lifetime()
        self._places: dict[tuple[str, ...], Places] = {}
        self._on_overflow = on_overflow

    def admit(self, label: str, value: str, service: str = "", prompt: str = "") -> str:
        """Return the value to use; an empty one stays empty and takes no place.

        ``service`` and ``prompt`` are admitted values: whose places they are.
        """
        if not value:
            return ""
        admitted = self._of(label, service, prompt).admit(value[:_MAX_LENGTH], self._life.seconds)
        if admitted is None:
            self._on_overflow(label, service)
            return OLDER if label == _VERSION else OTHER
        return admitted

    def owner(self, service: str, team: str) -> tuple[str, str]:
        """Admit a service, and the team among those of the service."""
        place = self.admit("service", service)
        return place, self.admit("team", team, place)

    def admit_known(self, label: str, value: str) -> str:
        """Return the value of a global label when it has a place or is known for sure, else ``other``.

        For what others than the services themselves say: it fills no places.
        """
        is_known = value in self._known.get(label, ())
        return self.admit(label, value) if is_known else self.known(label, value)

    def known(self, label: str, value: str) -> str:
        """Return what ``admit`` answered for the value of a global label, without counting or admitting anything."""
        return self._of(label).known(value[:_MAX_LENGTH]) or OTHER if value else ""

    def reserve_row(self, labels: Sequence[str], values: Sequence[str], touched: float) -> None:
        """Admit the values of a series that exists already, whatever the limits."""
        row = dict(zip(labels, values, strict=True))
        for label, value in row.items():
            if value and value not in (OTHER, OLDER) and label in self._limits:
                self._of(label, row.get("service", ""), row.get("prompt", "")).reserve(value, touched)

    def values(self, label: str) -> list[str]:
        """The admitted values of a global label."""
        return self._of(label).values()

    def free_unused(self, since: float, services_since: float) -> list[str]:
        """Free the places that no one used since then, in seconds of the lifetime; return the services that are gone.

        Those of services are free when no one used them since ``services_since``.
        """
        gone: list[str] = []
        for scope, places in list(self._places.items()):
            if scope == _SERVICES:
                gone += places.free_unused(services_since)
            else:
                places.free_unused(since)
            if not len(places):
                del self._places[scope]
        return gone

    def use(self) -> list[LabelUse]:
        """For each service the label it has most values of, and for each label the service that has most of them."""
        counted: dict[tuple[str, str], int] = {}
        for (label, *scope), places in self._places.items():
            key = label, scope[0] if scope else ""
            counted[key] = counted.get(key, 0) + len(places)
        shown = {*_most(counted, by=0), *_most(counted, by=1)}
        return [LabelUse(label, service, counted[label, service], self._limits[label]) for label, service in shown]

    def _of(self, label: str, service: str = "", prompt: str = "") -> Places:
        scope = (label,) if label in GLOBAL else (label, service, prompt) if label == _VERSION else (label, service)
        places = self._places.get(scope)
        if places is None:
            kind = Evicting if label == _VERSION else FirstCome
            places = self._places[scope] = kind(self._limits[label], cleaned, self._known.get(label, frozenset()))
        return places


def cleaned(value: str) -> str:
    """Printable text of bounded length: control characters and lone surrogates have no place in a label."""
    text = value[:_MAX_LENGTH]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")


def _most(counted: Mapping[tuple[str, str], int], *, by: int) -> Iterable[tuple[str, str]]:
    """The key with the largest count for each value at a place of the keys."""
    most: dict[str, tuple[str, str]] = {}
    for key, count in counted.items():
        if key[by] not in most or count > counted[most[key[by]]]:
            most[key[by]] = key
    return most.values()
