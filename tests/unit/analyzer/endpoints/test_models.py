"""What is sent to models, and what is read of their answers."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fake_model import FakeModel

from watchkeeper.analyzer.endpoints.answer import Question
from watchkeeper.analyzer.endpoints.models import ModelEndpoint
from watchkeeper.analyzer.endpoints.openai import body
from watchkeeper.config.endpoints import Model
from watchkeeper.errors import EndpointError

QUESTION = Question(prompt="Capital?", system="One word.")


def model(address: str, **more: Any) -> Model:
    """A model at an address."""
    return Model.model_validate({"name": "gpt", "url": f"{address}/v1", "model": "gpt-9", **more})


async def asked(fake: FakeModel, client: httpx.AsyncClient, folder: Path, **more: Any) -> Any:
    """The answer of the fake to the question."""
    return await ModelEndpoint(model(fake.address, **more), client, folder).ask(QUESTION)


async def test_chat_completions(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """The key is a bearer; model, fingerprint and tokens are those that were reported."""
    (tmp_path / "key").write_text("sk-1\n")

    answer = await asked(fake, client, tmp_path, key_file="key")

    (request,) = fake.received
    assert request.headers["authorization"] == "Bearer sk-1"
    assert request.body == {
        "model": "gpt-9",
        "messages": [{"role": "system", "content": "One word."}, {"role": "user", "content": "Capital?"}],
        "max_tokens": 1024,
        "temperature": 0.0,
    }
    assert (answer.text, answer.model, answer.fingerprint) == ("Paris", "gpt-9-2026-01-01", "fp_1")
    assert (answer.input_tokens, answer.output_tokens, answer.finish_reason) == (20, 5, "stop")


async def test_messages(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """The key is a header of its own, and cached input tokens are input tokens."""
    (tmp_path / "key").write_text("sk-ant-1")

    answer = await asked(fake, client, tmp_path, api="anthropic", key_file="key")

    (request,) = fake.received
    assert (request.headers["x-api-key"], request.headers["anthropic-version"]) == ("sk-ant-1", "2023-06-01")
    assert (request.body["system"], request.body["max_tokens"]) == ("One word.", 1024)
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("Paris", 24, 5)


def test_openai_itself_gets_the_limit_by_its_new_name() -> None:
    """Its newer models refuse the old one, which is all that most other servers know."""
    assert "max_completion_tokens" in body(model("https://api.openai.com"), QUESTION)
    assert "max_tokens" in body(model("http://vllm:8000"), QUESTION)


@pytest.mark.parametrize(
    ("raw", "error_type"),
    [
        pytest.param(b"<html>", "invalid_answer", id="no JSON"),
        pytest.param(b'{"choices": []}', "invalid_answer", id="no choice"),
        pytest.param(b'{"choices": [{"message": {"con', "invalid_answer", id="half an answer"),
        pytest.param(b'{"choices": [{"message": {"content": 7}}]}', "invalid_answer", id="no text"),
        pytest.param(b" " * (2 * 1024 * 1024 + 1), "invalid_answer", id="more than any answer has"),
    ],
)
async def test_what_is_no_answer(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path, raw: bytes, error_type: str
) -> None:
    """It has a kind, and its text is in no error."""
    fake.raw = raw

    with pytest.raises(EndpointError) as caught:
        await asked(fake, client, tmp_path)

    assert (caught.value.error_type, caught.value.is_passing) == (error_type, False)
    assert "html" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, ("rate_limited", True)),
        (529, ("overloaded", True)),
        (500, ("server_error", True)),
        (401, ("unauthorized", False)),
        (404, ("refused", False)),
        (302, ("refused", False)),
    ],
)
async def test_statuses(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path, status: int, expected: tuple[str, bool]
) -> None:
    """Some pass by themselves, others need a person."""
    fake.statuses = [status]

    with pytest.raises(EndpointError, match=str(status)) as caught:
        await asked(fake, client, tmp_path)

    assert (caught.value.error_type, caught.value.is_passing) == expected


async def test_no_one_there(client: httpx.AsyncClient, tmp_path: Path) -> None:
    """The place is named, without a path that may hold more."""
    endpoint = ModelEndpoint(model("http://127.0.0.1:9"), client, tmp_path)

    with pytest.raises(EndpointError, match=r"http://127.0.0.1:9 could not be reached \(ConnectError\)") as caught:
        await endpoint.ask(QUESTION)

    assert caught.value.error_type == "unreachable"


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read"), ("", "one line"), ("a\nb\n", "one line"), ("schlüssel", "not ASCII")],
)
async def test_a_bad_key_file_is_a_sentence_without_its_content(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path, content: str | None, problem: str
) -> None:
    """Nothing is asked."""
    if content is not None:
        (tmp_path / "key").write_text(content)

    with pytest.raises(EndpointError, match=problem) as caught:
        await asked(fake, client, tmp_path, key_file="key")

    assert caught.value.error_type == "no_key"
    assert fake.received == []
