"""The register: from counters, graphs and lines, each version once."""

import json

import pytest

from watchkeeper.engines.history import Series
from watchkeeper.explain.samples import Sample
from watchkeeper.operator.versions.register import Entry, read_change, register

V13 = ("support", "prompt", "answer", "v13")
MODEL = ("support", "model", "gpt-4o-mini", "")
LABELS = {"service": "support", "prompt": "answer", "prompt_version": "v13", "model": "gpt-4o-mini"}


def sample(amount: str, per_hour: float, **more: str) -> Sample:
    """What Prometheus counted in an hour."""
    return Sample(amount=amount, labels={**LABELS, **more}, per_hour=per_hour)


SAMPLES = [
    sample("requests", 90, status="ok"),
    sample("requests", 10, status="timeout"),
    sample("tokens", 40_000, type="input"),
    sample("tokens", 8_000, type="output"),
    sample("tokens", 30_000, type="cached_input"),
    sample("cost", 0.5),
    sample("scores", 20),
    sample("score_sum", 17),
]


def entries(*lines: dict[str, str]) -> dict[tuple[str, ...], Entry]:
    """The register of two hours."""
    seen = [Series(labels=LABELS, points=[(1000.0, 5.0), (4000.0, 2.0)])]
    changes = [change for line in lines if (change := read_change(json.dumps(line)))]
    return {entry.key: entry for entry in register(SAMPLES, 2.0, (seen, 60), changes)}


def change(event: str, **more: str) -> dict[str, str]:
    """A line about a version."""
    at = {"happened_at": "1970-01-01T00:10:00Z"}
    return {"event": event, "service": "support", "kind": "prompt", "name": "answer", "version": "v13", **at, **more}


def test_a_version_has_its_numbers() -> None:
    """Calls, cost, tokens per call without those that are parts of others, errors, scores, times."""
    found = entries(change("prompt_version_seen"))

    assert list(found) == [MODEL, V13]
    entry = found[V13]
    assert (entry.calls, entry.cost_usd, entry.tokens_per_call) == (200, 1.0, 480)
    assert (entry.error_share, entry.score) == (pytest.approx(0.1), pytest.approx(0.85))
    assert (entry.first_seen, entry.last_seen, entry.origin) == (600.0, 4000.0, "inferred")
    assert found[MODEL].first_seen == 940.0


def test_what_was_announced_is_there_without_calls() -> None:
    """And what has calls too is announced."""
    app = change("deployment_recorded", kind="app", name="shop", version="2.0")

    found = entries(app, change("deployment_recorded"))

    assert found[V13].origin == "announced"
    release = found["support", "app", "shop", "2.0"]
    assert (release.calls, release.last_seen, release.first_seen, release.origin) == (None, None, 600.0, "announced")


def test_what_a_webhook_reported_says_so() -> None:
    """Also where its first call was seen, and someone announced it too."""
    webhook = change("deployment_recorded", source="langfuse", action="created")

    found = entries(change("prompt_version_seen"), webhook, change("deployment_recorded"))

    assert found[V13].origin == "webhook"


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps(change("prompt_version_seen", happened_at="soon"))])
def test_a_line_of_another_format_is_left_out(text: str) -> None:
    """An application may write any."""
    assert read_change(text) is None
