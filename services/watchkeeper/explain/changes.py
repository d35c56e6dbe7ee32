"""What changed between two windows that may be a reason: announced, new, or used far more than before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watchkeeper.explain.samples import Sample, Samples

# One call of a new version among thousands is a test.
_LEAST_SHARE = 0.01
# A change that is noticed hours after it was made has begun in the window before, and some try a version a day before.
# Three times the share of calls, and a twentieth of all calls more, is beyond what traffic does from hour to hour.
_TIMES, _MORE = 3.0, 0.05


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """A change that a log line or a metric reports; ``at`` is in Unix seconds, 0 where only the window is known.

    ``name`` is that of the model or prompt version that is new or has more calls; empty for other changes.
    """

    at: float
    service: str
    what: str
    name: str = ""


def new_or_grown(samples: Samples) -> Iterator[Change]:
    """Yield the prompt versions and models that only the later window has, or that have far more of the calls there.

    Those with less than a hundredth of a service's calls are left out.
    """
    for service in samples.services():
        of_service = samples.of(service)
        for kind in ("model", "prompt"):
            before, after = (_shares(side, kind) for side in of_service.both)
            for name in sorted(after.keys() - {"", "unknown"}):
                if how := _how(before.get(name, 0.0), after[name]):
                    yield Change(at=0.0, service=service, what=f"{kind} {name} {how}", name=name)


def _how(before: float, after: float) -> str:
    """What is said of a share of calls that was another one before; nothing where that is not worth a word."""
    if after < _LEAST_SHARE or (before > 0 and (after < _TIMES * before or after - before < _MORE)):
        return ""
    return "is new" if before < _LEAST_SHARE else "has a larger share of calls"


def _shares(side: Sequence[Sample], kind: str) -> dict[str, float]:
    """The shares of a service's calls by the names of one kind."""
    calls = _calls(side, kind)
    whole = sum(calls.values())
    return {name: count / whole for name, count in calls.items()}


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
