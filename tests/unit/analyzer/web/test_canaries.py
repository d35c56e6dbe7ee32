"""What `watchkeeper canary` asks the analyzer."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient
from tests.support.canaries import configured, make_search
from tests.support.fake_model import FakeModel

from watchkeeper.analyzer.app import build_app
from watchkeeper.config import load_config

JSON = {"content-type": "application/json"}


@pytest.fixture
def analyzer(fake: FakeModel, tmp_path: Path) -> Iterator[TestClient]:
    """A started analyzer with one canary and one search; its schedule runs nothing."""
    content = configured(fake.address)
    content["canaries"]["searches"] = [
        make_search(url=f"{fake.address}/search").model_dump(mode="json", exclude_none=True)
    ]
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(content))
    with TestClient(build_app(load_config(file, {}), io.BytesIO(), lambda _parts: ())) as client:
        yield client


def test_their_names(analyzer: TestClient) -> None:
    """Of both kinds."""
    assert analyzer.get("/v1/canaries").json() == {"canaries": ["capital"], "searches": ["docs"]}


def test_one_runs_when_asked(analyzer: TestClient) -> None:
    """The answer has everything, and the metrics have it, too."""
    reply = analyzer.post("/v1/canaries/capital/run", content=b"{}", headers=JSON)

    found = reply.json()
    assert reply.status_code == 200
    assert found["prompt"] == "What is the capital of France?"
    assert found["targets"][0]["graded"][0]["answer"]["text"] == "Paris"
    assert found["targets"][0]["graded"][0]["parts"] == [{"expected": "keywords Paris", "score": 1.0}]
    assert 'llm_canary_score{canary="capital",target="gpt"} 1' in analyzer.get("/metrics").text


def test_a_search_runs_when_asked(analyzer: TestClient, fake: FakeModel) -> None:
    """With what it found."""
    fake.found = {"q": ["b"]}

    reply = analyzer.post("/v1/canaries/docs/run", content=b"{}", headers=JSON)

    assert reply.json()["queries"][0]["found"] == ["b"]


def test_an_unknown_one_is_refused_with_those_that_there_are(analyzer: TestClient) -> None:
    """As a typo is mended."""
    reply = analyzer.post("/v1/canaries/capitol/run", content=b"{}", headers=JSON)

    assert (reply.status_code, reply.json()) == (404, {"detail": "there is no canary 'capitol'; known: capital, docs"})


def test_a_form_of_another_site_cannot_run_one(analyzer: TestClient, fake: FakeModel) -> None:
    """A browser sends forms and plain text without asking; a run costs money."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        reply = analyzer.post("/v1/canaries/capital/run", content=b"{}", headers={"content-type": kind})
        assert reply.status_code == 415

    assert fake.received == []
