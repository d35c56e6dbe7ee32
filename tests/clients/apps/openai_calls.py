"""Calls of the OpenAI client: whole, streamed, embeddings, Responses, and one that is refused."""

from contextlib import suppress

from openai import OpenAI, RateLimitError

MODEL = "gpt-4o-mini"
HELLO = [{"role": "user", "content": "How are you?"}]


def make_calls(client: OpenAI) -> None:
    """Make each kind of call once."""
    client.chat.completions.create(model=MODEL, messages=HELLO)
    list(
        client.chat.completions.create(model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True})
    )
    client.embeddings.create(model="text-embedding-3-small", input="How are you?", encoding_format="float")
    with suppress(RateLimitError):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "too fast"}])


def make_responses(client: OpenAI) -> None:
    """Use the Responses API, whole and streamed."""
    client.responses.create(model=MODEL, input="How are you?")
    list(client.responses.create(model=MODEL, input="How are you?", stream=True))
