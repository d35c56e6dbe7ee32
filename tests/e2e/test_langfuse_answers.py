"""An application that sends to Langfuse only is judged: its answers come onto lines, and become scores and a gate.

The Langfuse is a stand-in, made by the published API; everything else is the real stack.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually, eventually_equal
from tests.support.fake_model import FakeModel, fake_model
from tests.support.judges import grading, judging, make_evaluator
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse, observation

SERVICE = "langfuse-only"
PROJECT = {"name": "support", "key_file": "key", "read_observations": True, "read_scores": False, "read_queues": False}
ANSWERS = 3
SKIPPED = 'llm_judge_skipped_total{evaluator="helpful", reason="not_captured"}'


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeModel]:
    """A judge that finds an answer as good as it is asked to, and useless else."""
    with fake_model() as running:
        running.respond = grading(lambda prompt: 5 if "A lamp" in prompt else 1)
        running.model = "gpt-9"
        yield running


@pytest.fixture(scope="module")
def langfuse() -> Iterator[FakeLangfuse]:
    """A project with answers of some minutes ago."""
    with fake_langfuse() as running:
        running.observations = [answered(number, "A lamp. Mail ada@example.com.") for number in range(ANSWERS)]
        yield running


@pytest.fixture(scope="module")
def file(fake: FakeModel, langfuse: FakeLangfuse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A watchkeeper.yml that captures redacted content, reads the project, and lets the judge score all of it."""
    folder = tmp_path_factory.mktemp("answers")
    (folder / "key").write_text(KEYS, encoding="utf-8")
    evaluator = make_evaluator(match={"service": [SERVICE]}, judges=[{"model": "gpt"}], gate={"at_least": 0.7})
    content = judging(fake.address, evaluator)
    content |= {"langfuse_projects": [{**PROJECT, "url": langfuse.address}]}
    # The journal has requests as they came, for some minutes.
    content |= {"privacy": {"capture": "redacted", "journal": False}}
    (folder / "watchkeeper.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder / "watchkeeper.yml"


@pytest.fixture(scope="module")
def stack(file: Path) -> Iterator[Stack]:
    """A stack with that file, in the same folder."""
    with ExitStack() as exits:
        yield start_stack(file.parent / "bundle", exits, environ={"WATCHKEEPER_CONFIG": str(file)})


def answered(number: int, output: str) -> dict[str, Any]:
    """A call of an application that nothing was heard of here."""
    metadata = {"resourceAttributes": {"service.name": SERVICE}}
    return observation(number, time.time() - 180 + number, metadata=metadata, output=output)


def number(stack: Stack, query: str) -> float:
    """The value of a query with one series; 0 without one."""
    found = stack.query(query)
    return found[0][1] if found else 0.0


def lines(stack: Stack) -> list[dict[str, Any]]:
    """Of the calls of the application."""
    found = stack.lines(f'{{event="llm_call_completed", service="{SERVICE}"}}')
    return [json.loads(one["line"]) for one in found]


def scored_traces(stack: Stack) -> list[str]:
    """The traces of the lines of scores."""
    found = stack.lines(f'{{event="score_recorded", service="{SERVICE}"}}')
    return [json.loads(one["line"])["trace_id"] for one in found]


def scored_soon(stack: Stack, answers: int) -> None:
    """Wait until lines are there; then the analyzer starts again, whose jobs run as soon as the lines are settled."""
    eventually("calls are taken over from Langfuse", lambda: len(lines(stack)) == answers)
    stack.restart("analyzer")


def files_with(folder: Path, text: str) -> list[str]:
    """Where a text is on disk."""
    found = (path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes())
    return [str(path.relative_to(folder)) for path in found]


def test_an_answer_in_langfuse_is_scored_and_passes_a_gate(stack: Stack, fake: FakeModel) -> None:
    """Each once, with the analyzer started again in the middle; no one sees the address that is in it."""
    scored_soon(stack, ANSWERS)
    of_service = f'service="{SERVICE}"'
    expected = {
        f'sum(llm_score_count{{{of_service}, score="helpful", source="judge"}})': ANSWERS,
        f'sum(llm_score_sum{{{of_service}, score="helpful"}})': ANSWERS,
        f'sum(llm_quality_gate_total{{{of_service}, gate="helpful", result="passed"}})': ANSWERS,
    }

    eventually_equal(lambda: {query: number(stack, query) for query in expected}, expected)

    calls = lines(stack)
    assert {(call["capture"], call["output"]) for call in calls} == {("redacted", "A lamp. Mail [email].")}
    eventually("a line for each score", lambda: scored_traces(stack) == [call["trace_id"] for call in calls])
    assert sum("chat/completions" in one.path for one in fake.received) == ANSWERS
    assert not [text for text in fake.texts_sent_to_it() if "ada@" in text]
    assert files_with(stack.bundle.places.work, "ada@example.com") == []


def test_without_capture_nothing_is_scored_or_kept_and_the_reason_is_counted(
    stack: Stack, fake: FakeModel, langfuse: FakeLangfuse, file: Path
) -> None:
    """The call counts like any other; what was said is not even asked for, and stays out of every file."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**content, "privacy": {"capture": "metadata"}}), encoding="utf-8")
    langfuse.observations += [answered(ANSWERS + number, "A lamp of a secret colour.") for number in range(ANSWERS)]
    asked, received = len(langfuse.asked), len(fake.received)
    stack.restart("exporter")
    stack.restart("analyzer")

    scored_soon(stack, 2 * ANSWERS)
    # Of the analyzer before this one, should that have read them.
    eventually("the reason", lambda: number(stack, f"sum(max_over_time({SKIPPED}[5m]))") == ANSWERS)

    requests = [sought for _, sought in langfuse.asked[asked:]]
    assert requests
    assert not [sought for sought in requests if "io" in sought["fields"].split(",")]
    assert len(fake.received) == received
    assert sum("capture" in call for call in lines(stack)) == ANSWERS
    assert files_with(stack.bundle.places.work, "secret colour") == []
