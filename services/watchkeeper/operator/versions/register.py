"""The register: every prompt version, model and announced release that Prometheus and Loki know of. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from watchkeeper.engines.history import Series
from watchkeeper.explain.samples import Sample

_FAILURES = frozenset({"error", "rate_limited", "timeout"})
_ANNOUNCED = "deployment_recorded"
# What is known of a version's origin, the first that any of its lines says.
_ORIGINS = ("webhook", "announced", "inferred")
# Service, kind, name, version.
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line about a version: from a webhook, announced, or inferred at first sight. ``at`` in Unix seconds."""

    key: Key
    at: float
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A version: what Prometheus counted in the window, None where it counts no such thing. Times in Unix seconds."""

    key: Key
    first_seen: float | None
    last_seen: float | None
    calls: float | None
    cost_usd: float | None
    tokens_per_call: float | None
    error_share: float | None
    score: float | None
    origin: str


class _Line(msgspec.Struct):
    event: str
    service: str
    kind: str
    name: str
    happened_at: str
    version: str = ""
    source: str = ""


def read_change(text: str) -> Change | None:
    """A log line about a change; None for any other."""
    try:
        line = msgspec.json.decode(text, type=_Line)
        at = datetime.fromisoformat(line.happened_at).timestamp()
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return None
    key = (line.service, line.kind, line.name, line.version)
    origin = "inferred" if line.event != _ANNOUNCED else "webhook" if line.source else "announced"
    return Change(key=key, at=at, origin=origin)


def register(
    samples: Sequence[Sample], hours: float, seen: tuple[Sequence[Series], int], changes: Sequence[Change]
) -> list[Entry]:
    """Every version, by service, kind and name, the last seen first.

    ``samples`` are amounts per hour of ``hours``; ``seen`` are calls over time and the seconds between two points.
    """
    amounts = _amounts(samples, hours)
    times = _times(*seen)
    changed: dict[Key, list[Change]] = defaultdict(list)
    for change in changes:
        changed[change.key].append(change)
    keys = {*(key for key, _ in amounts), *times, *changed}
    found = [_entry(key, amounts, times.get(key, []), changed.get(key, [])) for key in keys]
    return sorted(found, key=lambda entry: (entry.key[:3], -(entry.last_seen or entry.first_seen or 0.0), entry.key[3]))


def _entry(
    key: Key, amounts: Mapping[tuple[Key, str], float], times: Sequence[float], changes: Sequence[Change]
) -> Entry:
    calls, scores = amounts.get((key, "requests")), amounts.get((key, "scores"))
    first = [change.at for change in changes] + list(times[:1])
    return Entry(
        key=key,
        first_seen=min(first, default=None),
        last_seen=max(times, default=None),
        calls=calls,
        cost_usd=amounts.get((key, "cost")),
        tokens_per_call=amounts.get((key, "tokens"), 0.0) / calls if calls else None,
        error_share=amounts.get((key, "failures"), 0.0) / calls if calls else None,
        score=amounts.get((key, "score_sum"), 0.0) / scores if scores else None,
        origin=min((change.origin for change in changes), key=_ORIGINS.index, default=_ORIGINS[-1]),
    )


def _amounts(samples: Iterable[Sample], hours: float) -> Mapping[tuple[Key, str], float]:
    found: dict[tuple[Key, str], float] = defaultdict(float)
    for sample in samples:
        for key in _keys(sample.labels):
            for amount in _named(sample):
                found[key, amount] += sample.per_hour * hours
    return found


def _named(sample: Sample) -> Iterator[str]:
    """What a sample counts for: cached and written tokens are parts of the input."""
    if sample.amount == "tokens" and sample.labels.get("type") not in ("input", "output"):
        return
    yield sample.amount
    if sample.amount == "requests" and sample.labels.get("status") in _FAILURES:
        yield "failures"


def _times(series: Sequence[Series], step: int) -> Mapping[Key, list[float]]:
    """When each was first and last seen: the beginning of the first step with calls, and the end of the last."""
    found: dict[Key, list[float]] = {}
    for one in series:
        if one.points:
            for key in _keys(one.labels):
                known = found.get(key, [])
                first, last = one.points[0][0] - step, one.points[-1][0]
                found[key] = [min([first, *known]), max([last, *known])]
    return found


def _keys(labels: Mapping[str, str]) -> Iterator[Key]:
    """The versions that a series belongs to: that of its prompt, and its model."""
    service = labels.get("service", "")
    if prompt := labels.get("prompt"):
        yield service, "prompt", prompt, labels.get("prompt_version", "")
    if model := labels.get("model"):
        yield service, "model", model, ""
