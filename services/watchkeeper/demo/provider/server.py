"""The model server over HTTP: POST /chat/completions, whole or streamed, and GET /models, as OpenAI's API has them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from watchkeeper.demo.provider.behaviour import Behaviour
from watchkeeper.demo.provider.prompt import Prompt, read_prompt
from watchkeeper.demo.provider.replies import Failure, Reply, reply_to

MODELS = ("gpt-5.4", "gpt-5.4-mini", "gpt-5.2", "gpt-5.1-mini", "o1")
_PIECES = 6
_HANGS_SECONDS = 60.0
_FIRST_TOKEN_PART = 0.25
# The bounds of what a request may be: this is a demo that listens on this machine alone.
_MOST_BYTES = 4 << 20
_MOST_PREFIXES = 1_000
_LIMIT = 500
_TYPES = {
    429: ("rate_limit_exceeded", "requests"),
    500: ("server_error", "server_error"),
    503: ("overloaded", "server_error"),
}

Body = dict[str, Any]


class PromptCache:
    """Which instructions were sent before; the oldest is forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def cached_tokens(self, prompt: Prompt) -> int:
        """How many tokens of the prompt are read from the cache; afterwards it is known."""
        known = prompt.prefix in self._known
        self._known[prompt.prefix] = None
        if len(self._known) > _MOST_PREFIXES:
            del self._known[next(iter(self._known))]
        return prompt.prefix_tokens if known else 0


def build_provider(behaviour: Callable[[], Behaviour], seed: int = 7) -> FastAPI:
    """The routes of one model server; ``behaviour`` says what it is like now."""
    app, cache = FastAPI(title="Model server of the demo", openapi_url=None), PromptCache()

    @app.get("/models")
    async def models() -> Body:
        return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "demo"} for name in MODELS]}

    @app.post("/chat/completions")
    async def complete(request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _refusal(401, "invalid_api_key", "You didn't provide an API key.")
        asked = await _read(request)
        if isinstance(asked, str):
            return _refusal(400, "invalid_request_error", asked)
        prompt, now = read_prompt(asked), behaviour()
        # The same seed and conversation give the same answer, in whatever order requests arrive.
        random = Random(f"{seed} {asked.get('seed')} {len(asked['messages'])} {prompt.question}")  # noqa: S311
        reply = reply_to(prompt, str(asked["model"]), now, random)
        if isinstance(reply, Failure):
            return await _fail(reply)
        head = _head(asked, now, random)
        usage = _usage(prompt, reply, cache.cached_tokens(prompt))
        if asked.get("stream"):
            wants_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            return StreamingResponse(
                _streamed(head, reply, usage if wants_usage else None), media_type="text/event-stream"
            )
        await asyncio.sleep(reply.duration_seconds)
        choice = {"index": 0, "message": {"role": "assistant", **_message(reply)}, "finish_reason": reply.finish}
        return JSONResponse(
            {**head, "object": "chat.completion", "choices": [choice], "usage": usage}, headers=_limits()
        )

    return app


async def _read(request: Request) -> Body | str:
    """The request, or what is wrong with it."""
    body = await request.body()
    if len(body) > _MOST_BYTES:
        return f"the body must have at most {_MOST_BYTES} bytes, got {len(body)}"
    try:
        asked = json.loads(body)
    except ValueError as problem:
        return f"the body must be JSON: {problem}"
    return (_problem(asked) if isinstance(asked, dict) else "model must be a string") or asked


def _problem(asked: Body) -> str:
    """What is wrong with the fields that are read here; nothing if they can be used."""
    if not isinstance(asked.get("model"), str):
        return "model must be a string"
    messages, tools = asked.get("messages"), asked.get("tools") or []
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        return "messages must be an array of objects, at least one"
    if not isinstance(tools, list) or not all(map(_is_function, tools)):
        return "tools must be an array of functions with names"
    return "" if isinstance(asked.get("stream_options") or {}, dict) else "stream_options must be an object"


def _is_function(tool: object) -> bool:
    function = tool.get("function") if isinstance(tool, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _head(asked: Body, behaviour: Behaviour, random: Random) -> Body:
    model = str(asked["model"])
    name = f"{model}-ft-{random.getrandbits(40):010x}" if behaviour.invents_models else model
    tier = {"service_tier": asked["service_tier"]} if asked.get("service_tier") else {}
    return {
        "id": f"chatcmpl-{time.time_ns():x}{random.getrandbits(32):08x}",
        "created": int(time.time()),
        "model": name,
        **tier,
    }


def _usage(prompt: Prompt, reply: Reply, cached: int) -> Body:
    return {
        "prompt_tokens": prompt.tokens,
        "completion_tokens": reply.tokens,
        "total_tokens": prompt.tokens + reply.tokens,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _message(reply: Reply) -> Body:
    if not reply.tool:
        return {"content": reply.text}
    called = {"name": reply.tool, "arguments": json.dumps(reply.arguments)}
    return {"content": None, "tool_calls": [{"id": f"call_{reply.tool}", "type": "function", "function": called}]}


async def _streamed(head: Body, reply: Reply, usage: Body | None) -> AsyncIterator[str]:
    """The answer in pieces, its last word, what it took, and the end."""
    message = _message(reply)
    pieces: list[Body]
    if reply.tool:
        pieces = [{"tool_calls": [{"index": 0, **message["tool_calls"][0]}]}]
    else:
        size = max(1, -(-len(reply.text) // _PIECES))
        pieces = [{"content": reply.text[at : at + size]} for at in range(0, len(reply.text), size)]
    await asyncio.sleep(reply.duration_seconds * _FIRST_TOKEN_PART)
    for piece in [{"role": "assistant", "content": ""}, *pieces]:
        yield _event(head, [{"index": 0, "delta": piece, "finish_reason": None}])
        await asyncio.sleep(reply.duration_seconds * (1 - _FIRST_TOKEN_PART) / (len(pieces) + 1))
    yield _event(head, [{"index": 0, "delta": {}, "finish_reason": reply.finish}])
    if usage:
        yield _event({**head, "usage": usage}, [])
    yield "data: [DONE]\n\n"


def _event(head: Body, choices: list[Body]) -> str:
    return f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': choices})}\n\n"


async def _fail(failure: Failure) -> Response:
    if not failure.status:
        await asyncio.sleep(_HANGS_SECONDS)
        return _refusal(504, "timeout", "The request took too long.")
    code, kind = _TYPES.get(failure.status, ("error", "server_error"))
    return _refusal(failure.status, code, "The demo's model server fails on purpose.", kind)


def _refusal(status: int, code: str, message: str, kind: str = "invalid_request_error") -> Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    headers = {**_limits(0), "retry-after": "1"} if status == 429 else {}  # noqa: PLR2004 too many requests
    return JSONResponse({"error": error}, status, headers=headers)


def _limits(left: int = _LIMIT - 1) -> dict[str, str]:
    """The headers by which OpenAI's API says how many requests are left in this minute."""
    return {
        "x-ratelimit-limit-requests": str(_LIMIT),
        "x-ratelimit-remaining-requests": str(left),
        "x-ratelimit-reset-requests": "1s",
    }
