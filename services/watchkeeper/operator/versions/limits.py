"""What `--limit` allows: how much worse a version may be before a pipeline stops. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.versions.compare import Compared

KEYS = ("cost", "tokens-in", "tokens-out", "latency-p50", "latency-p95", "errors", "reviews", "score:<name>")
_LIMIT = re.compile(r"(?P<key>[a-z0-9-]+|score:.+)=(?P<most>[0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much worse a measure may get: in proportion for amounts, else in its own unit (0.05 is 5 points)."""

    key: str
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What limits say: ``exceeded`` measures, and keys of which too little is ``unknown``."""

    exceeded: Sequence[Compared]
    unknown: Sequence[str]


def read_limit(text: str) -> Limit:
    """A limit as ``cost=0.1``. Raises: WatchkeeperError for anything else."""
    found = _LIMIT.fullmatch(text)
    if found is None or not (found["key"] in KEYS or found["key"].startswith("score:")):
        raise WatchkeeperError(
            f"--limit must be a measure and how much worse it may be, as in cost=0.1, got {text!r}; "
            f"measures: {', '.join(KEYS)}"
        )
    return Limit(key=found["key"], most=float(found["most"]))


def check(compared: Sequence[Compared], limits: Sequence[Limit]) -> Checked:
    """Hold the limits against what was found; only what chance does not explain exceeds one."""
    by_key = {one.key: one for one in compared if one.adjusted is not None}
    exceeded = [by_key[limit.key] for limit in limits if limit.key in by_key and _exceeds(by_key[limit.key], limit)]
    return Checked(exceeded=exceeded, unknown=[limit.key for limit in limits if limit.key not in by_key])


def _exceeds(one: Compared, limit: Limit) -> bool:
    change = one.difference.change
    size = abs(change if one.relative is None else one.relative)
    return one.is_different and one.is_worse(change) and size > limit.most
