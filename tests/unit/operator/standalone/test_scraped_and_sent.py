"""What `status` says of targets and of notifications."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.scraped_and_sent import scraped_and_sent

UP = {"health": "up", "labels": {"service": "exporter"}, "scrapeUrl": "http://127.0.0.1:4318/metrics", "lastError": ""}
DOWN = {
    "health": "down",
    "labels": {"service": "support-bot"},
    "scrapeUrl": "http://localhost:8000/metrics",
    "lastError": "connection refused",
}
NEW = {"health": "unknown", "labels": {}, "scrapeUrl": "http://new/metrics", "lastError": ""}


def said(
    tmp_path: Path, targets: Any, sent: float = 0.0, failed: Mapping[tuple[str, str], float] | None = None
) -> list[str]:
    """The sentences about a Prometheus that answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/targets":
            return httpx.Response(200, json={"data": {"activeTargets": targets}})
        if b"failed" not in request.content:
            return vector([({"integration": "slack"}, sent)])
        return vector([({"integration": by, "reason": why}, count) for (by, why), count in (failed or {}).items()])

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return list(scraped_and_sent(client, read_settings(tmp_path, {})))


def vector(series: Sequence[tuple[dict[str, str], float]]) -> httpx.Response:
    """An answer of Prometheus."""
    result = [{"metric": labels, "value": [1.0, str(value)]} for labels, value in series]
    return httpx.Response(200, json={"data": {"result": result}})


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ([UP, UP], "Targets: 2 of 2 up."),
        ([], "Targets: 0 of 0 up."),
        ([UP, NEW], "Targets: 1 of 2 up; 1 not yet tried."),
        ([UP, DOWN], "Targets: 1 of 2 up; support-bot http://localhost:8000/metrics: connection refused."),
    ],
    ids=["all up", "none", "a new one", "one down"],
)
def test_targets_are_counted_and_those_that_are_down_are_named(
    tmp_path: Path, targets: list[dict[str, Any]], sentence: str
) -> None:
    """With the reason that Prometheus has."""
    assert said(tmp_path, targets)[0] == sentence


def test_many_targets_that_are_down_do_not_fill_the_screen(tmp_path: Path) -> None:
    """Five are named, with the beginning of their errors."""
    [sentence, _] = said(tmp_path, [{**DOWN, "lastError": "x" * 500}] * 7)

    assert sentence.count("http://localhost:8000/metrics: " + "x" * 120 + ";") == 5
    assert sentence.endswith("; 2 more are down.")


def test_notifications_that_failed_are_named_by_who_refused_them(tmp_path: Path) -> None:
    """None failed is said as well, with how many were tried."""
    assert said(tmp_path, [], sent=11.6)[1] == "Notifications in the last 15 minutes: 12 tried, none failed."
    assert said(tmp_path, [], sent=5, failed={("slack", "clientError"): 2.9, ("email", ""): 1})[1] == (
        "Notifications in the last 15 minutes: 5 tried; failed: 3 by slack (clientError), 1 by email (no reason given)"
        "; see make logs C=alertmanager"
    )


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, json={"data": 3})])
def test_an_engine_that_does_not_answer_well_is_a_sentence_of_each(tmp_path: Path, answer: httpx.Response) -> None:
    """And `status` goes on."""
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answer))

    found = list(scraped_and_sent(client, read_settings(tmp_path, {})))

    assert [line.partition(", ")[0] for line in found] == ["Targets: not known", "Notifications: not known"]
