"""`watchkeeper judges calibrate` against an analyzer over HTTP, whose judge is a fake model."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.support.analyzer import serving_analyzer
from tests.support.fake_model import FakeModel, fake_model
from tests.support.judges import grading, judging, make_evaluator
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.config.project import here

ROOT = Path(__file__).parents[4]
ONE_JUDGE = [{"model": "gpt"}]
TONE = {"name": "tone", "rubric": "{{output}}", "scale": "categorical", "categories": ["kind", "rude"]}
SAFE = {"name": "safe", "rubric": "{{output}}", "scale": "boolean"}


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """A provider."""
    with fake_model() as running:
        yield running


@pytest.fixture(autouse=True)
def analyzer(fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An analyzer with an evaluator of each scale."""
    numeric = make_evaluator(judges=ONE_JUDGE)
    tone = make_evaluator(name="tone", judges=ONE_JUDGE, criteria=[TONE])
    safe = make_evaluator(name="safe", judges=ONE_JUDGE, criteria=[SAFE])
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(judging(fake.address, numeric, tone, safe, limit="0.05")))
    with serving_analyzer(file) as port:
        monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))
        monkeypatch.setenv("ANALYZER_PORT", str(port))
        yield


def calibrated(tmp_path: Path, text: str, evaluator: str) -> Result:
    """What the command says of a file with this content."""
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8")
    assert here({"WATCHKEEPER_ROOT": str(ROOT)})
    return CliRunner().invoke(app, ["judges", "calibrate", str(file), "--evaluator", evaluator])


def test_numbers(fake: FakeModel, tmp_path: Path) -> None:
    """Agreement, bias with its interval; the judge gives one step more than people do."""
    fake.respond = grading(lambda prompt: int(re.search(r"answer (\d)", prompt)[1]))  # type: ignore[index]

    result = calibrated(tmp_path, "output,label\nanswer 5,4\nanswer 4,3\nanswer 3,2\nanswer 2,1\n", "helpful")

    assert result.exit_code == 0
    assert "4 rows, scores from 0 to 1" in result.stdout
    assert "bias: +0.250 (95 % confidence +0.250 to +0.250)" in result.stdout
    assert "correlation: 1.000" in result.stdout


def test_categories(fake: FakeModel, tmp_path: Path) -> None:
    """Agreement with its interval, kappa and who was taken for what."""
    fake.respond = grading(lambda prompt: "rude" if "go away" in prompt else "kind")

    result = calibrated(tmp_path, "output,label\nhello,kind\ngo away,rude\nwell,rude\nthanks,kind\n", "tone")

    assert result.exit_code == 0
    assert "4 rows, agreement 75.0% (95 % confidence 30.1% to 95.4%)" in result.stdout
    assert "Cohen's kappa: 0.500" in result.stdout
    assert re.search(r"rude\s*│\s*1\s*│\s*1", result.stdout)


def test_true_and_false(fake: FakeModel, tmp_path: Path) -> None:
    """As people write them."""
    fake.respond = grading(lambda _prompt: True)

    result = calibrated(tmp_path, "output,label\na,yes\nb,false\n", "safe")

    assert "2 rows, agreement 50.0%" in result.stdout


def test_rows_without_a_verdict_are_in_no_number(fake: FakeModel, tmp_path: Path) -> None:
    """They are counted by kind of error."""
    fake.respond = lambda system, prompt: "Good!" if "odd" in prompt else grading(lambda _prompt: 5)(system, prompt)

    result = calibrated(tmp_path, "output,label\nodd,5\neven,5\n", "helpful")

    assert "1 rows have no verdict (invalid_reply); they are in no number below." in result.stdout
    assert "1 rows, scores from 0 to 1" in result.stdout


def test_no_verdict_at_all_is_exit_code_1(fake: FakeModel, tmp_path: Path) -> None:
    """And no number."""
    fake.respond = lambda _system, _prompt: "Good!"

    result = calibrated(tmp_path, "output,label\na,5\n", "helpful")

    assert (result.exit_code, "No row has a verdict." in result.stdout) == (1, True)


def test_it_stops_at_the_cap_of_judges(fake: FakeModel, tmp_path: Path) -> None:
    """Five calls of a cent each."""
    fake.respond, fake.output_tokens = grading(lambda _prompt: 5), 1000

    result = calibrated(tmp_path, "output,label\n" + "a,5\n" * 9, "helpful")

    assert "judges have spent 0.0500 of 0.05 US dollars today" in str(result.exception)
    assert len([one for one in fake.received if one.path == "/v1/chat/completions"]) == 5


@pytest.mark.parametrize(
    ("text", "evaluator", "problem"),
    [
        ("output\na\n", "helpful", "must have the columns output and label, got output"),
        (
            "output,label,mood\na,5,b\n",
            "helpful",
            "unknown column mood; allowed: input, output, context, label, metadata.NAME",
        ),
        ("output,label\n", "helpful", "must have 1 to 2000 rows, got 0"),
        ("output,label\na,\n", "helpful", "line 2 must have a label"),
        ("output,label\na,6\n", "helpful", "label must be a number from 1 to 5, got '6'"),
        ("output,label\na,good\n", "helpful", "label must be a number from 1 to 5, got 'good'"),
        ("output,label\na,nice\n", "tone", "label must be one of kind, rude, got 'nice'"),
        ("output,label\na,maybe\n", "safe", "label must be true or false, got 'maybe'"),
        ("output,label\na,5\n", "helpfull", "--evaluator must be one of helpful, tone, safe, got 'helpfull'"),
    ],
)
def test_bad_input_is_a_sentence(fake: FakeModel, tmp_path: Path, text: str, evaluator: str, problem: str) -> None:
    """Before anything is asked, and paid for."""
    result = calibrated(tmp_path, text, evaluator)

    assert problem in str(result.exception)
    assert fake.received == []
