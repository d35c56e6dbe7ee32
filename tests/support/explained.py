"""Samples of a few calls, for tests of explanations."""

from collections.abc import Iterable

from watchkeeper.explain.explanation import Explanation, Windows, explain
from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.samples import Sample, Samples

Calls = dict[str, object]
HOUR = Windows(before_hours=1.0, after_hours=1.0)


def calls(
    count: float = 1000.0, *, tokens_in: float = 480.0, tokens_out: float = 100.0, dollars: float = 0.002, **labels: str
) -> list[Sample]:
    """What Prometheus counts of calls with some labels; tokens and dollars are those of one call."""
    labels = {"service": "support", "prompt": "answer", "prompt_version": "v1", "model": "gpt-4o-mini"} | labels
    labels = {"provider": "openai", "tenant": "acme", **labels}
    status = labels.pop("status", "ok")
    return [
        Sample(amount="requests", labels={**labels, "status": status}, per_hour=count),
        Sample(amount="tokens", labels={**labels, "type": "input"}, per_hour=count * tokens_in),
        Sample(amount="tokens", labels={**labels, "type": "output"}, per_hour=count * tokens_out),
        Sample(amount="cost", labels=labels, per_hour=count * dollars),
    ]


def explained(measure: str, before: Iterable[Sample], after: Iterable[Sample]) -> Explanation:
    """Why a number moved between two hours."""
    return explain(MEASURES[measure], Samples(before=list(before), after=list(after)), HOUR)
