"""Log lines of runs of two versions of a prompt, as the exporter writes them, with the spread that such runs have."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is usual of a version; shares are 0..1."""

    tokens_in: float = 480.0
    tokens_out: float = 100.0
    seconds: float = 1.2
    errors: float = 0.02
    reviews: float = 0.08
    quality: float = 0.86
    dollars_per_token: float = 2e-6


# The support assistant of the case study: its new prompt has twice the tokens, and is sent to people more often.
V12, V13 = Shape(), Shape(tokens_in=980.0, tokens_out=180.0, reviews=0.23, quality=0.88)


def runs(random: Random, version: str, shape: Shape, count: int) -> list[Line]:
    """The lines of so many runs of a version."""
    return [line for place in range(count) for line in _run(random, version, shape, place)]


def _run(random: Random, version: str, shape: Shape, place: int) -> Iterator[Line]:
    common = {
        "happened_at": "2026-11-29T12:00:00Z",
        "service": "support",
        "trace_id": f"{version}-{place}",
        "prompt": "answer",
        "prompt_version": version,
    }
    # Calls of one run resemble each other: some questions are long.
    size = random.lognormvariate(0, 0.4)
    for _ in range(random.choice((1, 2, 2, 3))):
        yield {**common, **_call(random, shape, size)}
    other = {name: common[name] for name in ("happened_at", "service", "trace_id")}
    for _ in range(random.choice((0, 1, 1, 2))):
        yield {
            **other,
            "event": "tool_call_completed",
            "tool": random.choice(("find_order", "pay_back")),
            "status": "ok",
        }
    if random.random() < shape.reviews:
        yield {**other, "event": "human_review_recorded", "outcome": "requested"}
    quality = min(1.0, random.gauss(shape.quality, 0.08))
    yield {**other, "event": "score_recorded", "score": "quality", "source": "judge", "value": round(quality, 3)}


def _call(random: Random, shape: Shape, size: float) -> Line:
    if random.random() < shape.errors:
        return {"event": "llm_call_completed", "status": "error", "duration_seconds": shape.seconds / 2}
    tokens_in = int(size * shape.tokens_in * random.lognormvariate(0, 0.2))
    tokens_out = int(shape.tokens_out * random.lognormvariate(0, 0.5))
    return {
        "event": "llm_call_completed",
        "status": "ok",
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "duration_seconds": round(shape.seconds * random.lognormvariate(0, 0.35), 3),
        "cost_usd": f"{(tokens_in + 4 * tokens_out) * shape.dollars_per_token:.9f}",
    }
