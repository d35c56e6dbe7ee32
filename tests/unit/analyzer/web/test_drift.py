"""What `watchkeeper drift accept` and its like ask the analyzer."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from watchkeeper.analyzer.app import build_app
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config

JSON = {"content-type": "application/json"}
PATH = "/v1/drift/accepted"


@pytest.fixture
def built() -> list[Parts]:
    """The parts of the analyzer that runs."""
    return []


@pytest.fixture
def analyzer(built: list[Parts], tmp_path: Path) -> Iterator[TestClient]:
    """A started analyzer that compared three series of two services, with a folder for its state."""

    def jobs(parts: Parts) -> tuple[Job, ...]:
        built.append(parts)
        return ()

    with TestClient(
        build_app(load_config(None, {"WATCHKEEPER_STATE_DIR": str(tmp_path)}), io.BytesIO(), jobs)
    ) as client:
        verdicts = built[0].store.families["llm_drift_verdict"]
        for service, feature in (("bot", "score/faithful"), ("bot", "duration"), ("shop", "duration")):
            verdicts.set((service, feature, "distribution", "drifted", "large_shift", "", "", "", ""), 1.0)
        yield client


def ask(analyzer: TestClient, method: str, **named: Any) -> httpx.Response:
    """Send a request with a body of JSON."""
    return analyzer.request(method, PATH, json=named)


def test_a_change_is_accepted_listed_and_taken_back(analyzer: TestClient, built: list[Parts]) -> None:
    """The job is told at once."""
    accepted = ask(analyzer, "POST", service="bot", feature="score")

    assert accepted.status_code == 200
    assert analyzer.get(PATH).json() == {"accepted": [accepted.json()], "is_kept": True}
    assert [one.feature for one in built[0].accepted.entries()] == ["score"]

    assert ask(analyzer, "DELETE", service="bot", feature="score").json() == accepted.json()
    assert analyzer.get(PATH).json()["accepted"] == []
    assert ask(analyzer, "DELETE", service="bot", feature="score").status_code == 404


@pytest.mark.parametrize(
    ("named", "detail"),
    [
        ({"service": "bott"}, "service must be one that is compared, got 'bott'; there are bot, shop"),
        (
            {"service": "bot", "feature": "cost"},
            "feature must be one that is compared, got 'cost'; there are duration, score/faithful",
        ),
    ],
)
def test_what_is_not_compared_is_refused_with_what_is(analyzer: TestClient, named: dict[str, str], detail: str) -> None:
    """A typo would accept nothing and say otherwise."""
    refused = ask(analyzer, "POST", **named)

    assert (refused.status_code, refused.json()) == (404, {"detail": detail})


def test_before_anything_was_compared_nothing_can_be_accepted(analyzer: TestClient, built: list[Parts]) -> None:
    """It says why."""
    built[0].store.families["llm_drift_verdict"].series.clear()

    assert "nothing was compared yet" in ask(analyzer, "POST", service="bot").json()["detail"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"service": "bot"}', {"content-type": "text/plain"}, 415),
        (b'{"service": "bot"}', {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"[]", JSON, 400),
        (b'{"feature": "duration"}', JSON, 400),
        (b'{"service": "bot", "since": 5}', JSON, 400),
        (b'{"service": "\xff"}', JSON, 400),
        (b'{"service": "' + b"a" * 5000 + b'"}', JSON, 413),
        (b'{"service": "bot"}', {**JSON, "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_request_that_is_none_changes_nothing(
    analyzer: TestClient, method: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Nor one of a page of someone else."""
    ask(analyzer, "POST", service="shop")

    assert analyzer.request(method, PATH, content=content, headers=headers).status_code == status
    assert [one["service"] for one in analyzer.get(PATH).json()["accepted"]] == ["shop"]


def test_what_cannot_be_kept_is_a_sentence(analyzer: TestClient, tmp_path: Path) -> None:
    """And nothing is accepted."""
    (tmp_path / "accepted.json").mkdir()

    refused = ask(analyzer, "POST", service="bot")

    assert refused.status_code == 503
    assert "accepted.json: " in refused.json()["detail"]
    assert analyzer.get(PATH).json()["accepted"] == []
