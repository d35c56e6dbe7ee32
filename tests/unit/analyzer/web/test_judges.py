"""What `watchkeeper judges` asks the analyzer."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient
from tests.support.fake_model import FakeModel
from tests.support.judges import grading, judging, make_evaluator

from watchkeeper.analyzer.app import build_app
from watchkeeper.config import load_config

SCORE = "/v1/judges/helpful/helpful/score"


@pytest.fixture
def analyzer(fake: FakeModel, tmp_path: Path) -> Iterator[TestClient]:
    """A started analyzer with one evaluator; its schedule runs nothing."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(judging(fake.address, make_evaluator())))
    with TestClient(build_app(load_config(file, {}), io.BytesIO(), lambda _parts: ())) as client:
        yield client


def test_one_text_is_scored(analyzer: TestClient, fake: FakeModel) -> None:
    """By all judges of the evaluator."""
    fake.respond = grading(lambda prompt: 5 if "Paris" in prompt else 1)

    found = analyzer.post(SCORE, json={"input": "Capital?", "output": "Paris"}).json()

    assert found == {"verdict": {"value": 1.0, "category": ""}, "error_type": "", "error": ""}


def test_no_verdict_is_said_so(analyzer: TestClient, fake: FakeModel) -> None:
    """With the kind of error, and no score."""
    fake.respond = lambda _system, _prompt: "Nice."

    found = analyzer.post(SCORE, json={"output": "Paris"}).json()

    assert (found["verdict"], found["error_type"]) == (None, "invalid_reply")


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("/v1/judges/helpful/other/score", b"{}", "application/json", 404),
        ("/v1/judges/other/helpful/score", b"{}", "application/json", 404),
        (SCORE, b"[1]", "application/json", 400),
        (SCORE, b"{", "application/json", 400),
        (SCORE, b"{}", "text/plain", 415),
        (SCORE, b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_what_is_refused(analyzer: TestClient, path: str, content: bytes, kind: str, status: int) -> None:
    """With the reason, and nothing is asked."""
    reply = analyzer.post(path, content=content, headers={"content-type": kind})

    assert reply.status_code == status
    assert reply.json()["detail"]


def test_without_evaluators_there_is_nothing_to_ask() -> None:
    """Judges are off by default."""
    with TestClient(build_app(load_config(None, {}), io.BytesIO())) as client:
        assert client.get("/v1/judges").json() == {}
        assert client.post(SCORE, json={}).status_code == 404
        assert "judges" not in client.get("/health").json()["jobs"]


def test_with_evaluators_there_is_a_job(fake: FakeModel, tmp_path: Path) -> None:
    """Of its own."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(judging(fake.address, make_evaluator())))

    with TestClient(build_app(load_config(file, {}), io.BytesIO())) as client:
        assert "judges" in client.get("/health").json()["jobs"]
