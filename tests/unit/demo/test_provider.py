"""The model server: what it says to whom, whole and in pieces, and what it refuses."""

import json

import pytest
from fastapi.testclient import TestClient

from watchkeeper.demo.provider.behaviour import USUAL, Behaviour
from watchkeeper.demo.provider.server import build_provider

KEY = {"authorization": "Bearer k"}
ASKED = {"model": "gpt-5.4-mini", "seed": 1, "messages": [{"role": "user", "content": "Where is order A-1234?"}]}
FAST = Behaviour(slowness_factor=0.001, failing_share=0, cut_off_share=0)


@pytest.fixture
def client() -> TestClient:
    """A server that answers at once."""
    return TestClient(build_provider(lambda: FAST))


def test_a_whole_answer_has_its_usage_and_limits(client: TestClient) -> None:
    """As OpenAI's API has them."""
    answer = client.post("/chat/completions", json=ASKED, headers=KEY)
    body = answer.json()

    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert int(answer.headers["x-ratelimit-remaining-requests"]) > 0


def test_a_streamed_answer_is_the_same_in_pieces(client: TestClient) -> None:
    """Usage comes last, and only who asks for it gets it."""
    whole = client.post("/chat/completions", json=ASKED, headers=KEY).json()
    streamed = {**ASKED, "stream": True, "stream_options": {"include_usage": True}}
    lines = client.post("/chat/completions", json=streamed, headers=KEY).text.split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    text = "".join(c["delta"].get("content") or "" for chunk in chunks for c in chunk["choices"])

    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]
    assert "data: [DONE]" in lines
    without = client.post("/chat/completions", json={**ASKED, "stream": True}, headers=KEY).text
    assert '"usage"' not in without


def test_an_instruction_that_was_sent_before_is_cached(client: TestClient) -> None:
    """From its first letter: one that begins with the time never is."""

    def cached(instruction: str) -> int:
        messages = [{"role": "system", "content": instruction}, *ASKED["messages"]]  # type: ignore[misc]
        answer = client.post("/chat/completions", json={**ASKED, "messages": messages}, headers=KEY).json()
        return int(answer["usage"]["prompt_tokens_details"]["cached_tokens"])

    long = "Be kind. " * 100

    assert [cached(long), cached(long), cached("It is one. " + long)] == [0, 225, 0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refusal_says_why(status: int) -> None:
    """With the headers that a client waits by when it asked too often."""
    client = TestClient(build_provider(lambda: Behaviour(failing_share=1, failing_status=status)))

    answer = client.post("/chat/completions", json=ASKED, headers=KEY)

    assert answer.status_code == status
    assert answer.json()["error"]["code"]
    assert ("retry-after" in answer.headers) == (status == 429)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body must be JSON"),
        (b"[]", "model must be a string"),
        (b'{"model": "m"}', "messages must be an array of objects"),
        (b'{"model": "m", "messages": ["x"]}', "messages must be an array of objects"),
        (b'{"model": "m", "messages": []}', "messages must be an array of objects"),
        (b'{"model": "m", "messages": [{}], "tools": [{}]}', "tools must be an array of functions"),
        (b'{"model": "m", "messages": [{}], "stream_options": 1}', "stream_options must be an object"),
        (b'{"model": "m", "messages": [{}], "seed": "' + b"x" * (4 << 20) + b'"}', "at most 4194304 bytes"),
    ],
    ids=["not JSON", "a list", "no messages", "text", "empty", "tools", "options", "too long"],
)
def test_a_wrong_request_is_refused_with_a_sentence(client: TestClient, body: bytes, message: str) -> None:
    """Not with a trace of Python."""
    answer = client.post("/chat/completions", content=body, headers=KEY)

    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_without_a_key_nothing_is_answered(client: TestClient) -> None:
    """As at a real endpoint."""
    assert client.post("/chat/completions", json=ASKED).status_code == 401
    assert client.get("/models").json()["data"]


def test_what_creeps_is_there_after_its_time() -> None:
    """And half of it after half of that."""
    creeping = Behaviour(slowness_factor=3.0, cited_share=0.5, ramp_minutes=30)

    assert creeping.after(0).slowness_factor == USUAL.slowness_factor
    assert creeping.after(15).slowness_factor == pytest.approx(2.0)
    assert creeping.after(31) == creeping
