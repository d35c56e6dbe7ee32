"""`watchkeeper canary run` against an analyzer over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.support.analyzer import serving_analyzer
from tests.support.canaries import configured, make_search
from tests.support.fake_model import FakeModel, fake_model
from typer.testing import CliRunner

from watchkeeper.cli import app

ROOT = Path(__file__).parents[4]


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """A provider, an application and a search."""
    with fake_model() as running:
        yield running


@pytest.fixture
def analyzer(fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An analyzer that listens where the command looks for it."""
    content = configured(fake.address, repeats=1)
    search = make_search(url=f"{fake.address}/search")
    content["canaries"]["searches"] = [search.model_dump(mode="json", exclude_none=True)]
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(content))
    with serving_analyzer(file) as port:
        monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))
        monkeypatch.setenv("ANALYZER_PORT", str(port))
        yield


@pytest.mark.usefixtures("analyzer")
def test_it_shows_prompt_answer_expectation_and_verdict() -> None:
    """Of every target."""
    result = CliRunner().invoke(app, ["canary", "run", "capital"])

    assert result.exit_code == 0
    assert result.stdout == (
        "Canary capital\n"
        "  prompt: What is the capital of France?\n"
        "\n"
        "gpt\n"
        "  answer 1: Paris\n"
        "    gpt-9-2026-01-01, fp_1, 20 input tokens, 5 output tokens\n"
        "    expected keywords Paris: 100%\n"
        "  verdict: passed, score 100% of at least 80%\n"
        "  its first run: later ones are compared with it\n"
        "\n"
        "shop\n"
        "  answer 1: Paris\n"
        "    expected keywords Paris: 100%\n"
        "  verdict: passed, score 100% of at least 80%\n"
        "  its first run: later ones are compared with it\n"
    )


@pytest.mark.usefixtures("analyzer")
def test_a_changed_provider_is_shown_and_is_exit_code_1(fake: FakeModel) -> None:
    """With what is new, and with what the answers were like."""
    CliRunner().invoke(app, ["canary", "run", "capital"])
    fake.respond, fake.model = (lambda _system, _prompt: "Lyon"), "gpt-10"

    result = CliRunner().invoke(app, ["canary", "run", "capital"])

    assert result.exit_code == 1
    assert "  verdict: failed, score 0% of at least 80%, similarity to the first answers 0%" in result.stdout
    assert "  worse than its first runs: the provider changed\n  new since the first runs: model\n" in result.stdout


@pytest.mark.usefixtures("analyzer")
def test_without_a_name_all_of_them_run(fake: FakeModel) -> None:
    """Searches with their queries, too; no answer is no good."""
    fake.found = {"q": ["b", "x"]}
    good = CliRunner().invoke(app, ["canary", "run"])
    fake.statuses = [401] * 9
    bad = CliRunner().invoke(app, ["canary", "run"])

    assert good.exit_code == 0
    assert "Search docs, the first 10 documents of each query" in good.stdout
    assert "q (normal)\n  expected: a, b\n  found: b, x\n  hit_rate 1.00, recall 0.50, mrr 1.00" in good.stdout
    assert bad.exit_code == 1
    assert "  verdict: no score, because http://127.0.0.1" in bad.stdout


@pytest.mark.usefixtures("analyzer")
def test_a_name_that_is_not_there_is_a_sentence() -> None:
    """With those that are."""
    result = CliRunner().invoke(app, ["canary", "run", "capitol"])

    assert str(result.exception) == "there is no canary 'capitol'; known: capital, docs"


def test_without_an_analyzer_it_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where it looked."""
    monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))
    monkeypatch.setenv("ANALYZER_PORT", "9")

    result = CliRunner().invoke(app, ["canary", "run"])

    assert "http://localhost:9 does not answer" in str(result.exception)
    assert "make up" in str(result.exception)
