"""What changed between two windows that may be a reason: announced, seen for the first time, or gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watchkeeper.explain.samples import Sample, Samples

# One call of a new version among thousands is a test.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """A change that a log line or a metric reports; ``at`` is in Unix seconds, 0 where only the window is known.

    ``name`` is that of the model or prompt version that is new; empty for other changes.
    """

    at: float
    service: str
    what: str
    name: str = ""


def seen_first(samples: Samples) -> Iterator[Change]:
    """Yield what only the later window has: prompt versions and models with a hundredth of a service's calls."""
    for service in samples.services():
        of_service = samples.of(service)
        whole = sum(one.per_hour for one in of_service.after if one.amount == "requests")
        for kind in ("model", "prompt"):
            before, after = (_calls(side, kind) for side in of_service.both)
            for name in sorted(after.keys() - before.keys() - {"", "unknown"}):
                if after[name] >= _LEAST_SHARE * whole:
                    yield Change(at=0.0, service=service, what=f"{kind} {name} is new", name=name)


def _calls(side: Sequence[Sample], kind: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in side:
        if one.amount == "requests" and one.per_hour > 0:
            name = _name(one, kind)
            found[name] = found.get(name, 0.0) + one.per_hour
    return found


def _name(sample: Sample, kind: str) -> str:
    prompt, version = sample.labels.get("prompt", ""), sample.labels.get("prompt_version", "")
    if kind == "prompt":
        return f"{prompt}/{version}" if prompt and version else prompt
    return sample.labels.get(kind, "")
