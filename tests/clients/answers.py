"""What the fake provider answers: the shapes of OpenAI's and Anthropic's replies, with numbers that never repeat."""

import json
from typing import Any

from tests.clients import gemini_answers
from tests.clients.offered import as_text, tool_to_call

REFUSAL = {
    "type": "error",
    "error": {"type": "rate_limit_error", "message": "Rate limit reached", "code": "rate_limit_exceeded"},
}
_MODELS = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "claude-sonnet-4-5": "claude-sonnet-4-5-20250929"}
_CREATED = 1_760_000_000
Answer = tuple[dict[str, Any], list[dict[str, Any]]]


def answered_model(requested: str) -> str:
    """The dated model behind an alias."""
    return _MODELS.get(requested, requested)


def chat(body: dict[str, Any], number: int) -> Answer:
    """A chat completion and its chunks."""
    message: dict[str, Any] = {"role": "assistant", "content": "Fine, thank you."}
    finish = "stop"
    runs = sum(said["role"] == "tool" for said in body["messages"])
    if called := tool_to_call(_functions(body), runs):
        call = {"name": called[0], "arguments": as_text(called[1])}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"call_{runs + 1}", "type": "function", "function": call}],
        }
        finish = "tool_calls"
    usage = {
        "prompt_tokens": 1100 + number,
        "completion_tokens": 50 + number,
        "total_tokens": 1150 + 2 * number,
        "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 16, "audio_tokens": 0},
    }
    head = {"id": f"chatcmpl-{number}", "created": _CREATED, "model": answered_model(body["model"])}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    reported = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    return reported, _chunks(head, message, finish, usage)


def _functions(body: dict[str, Any]) -> list[str]:
    """The tools that take arguments; Copilot CLI offers one that takes a patch as text."""
    return [tool["function"]["name"] for tool in body.get("tools", []) if "function" in tool]


def _chunks(head: dict[str, Any], message: dict[str, Any], finish: str, usage: dict[str, Any]) -> list[dict[str, Any]]:
    delta = {**message, "tool_calls": [{**call, "index": 0} for call in message.get("tool_calls", [])] or None}
    head = {**head, "object": "chat.completion.chunk"}
    return [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
        {**head, "choices": [], "usage": usage},
    ]


def embeddings(body: dict[str, Any], number: int) -> Answer:
    """One small vector for each text."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors = [{"object": "embedding", "index": index, "embedding": [0.1, 0.2]} for index in range(len(texts))]
    usage = {"prompt_tokens": 8 + number, "total_tokens": 8 + number}
    return {"object": "list", "data": vectors, "model": answered_model(body["model"]), "usage": usage}, []


def responses(body: dict[str, Any], number: int) -> Answer:
    """A response of OpenAI's Responses API and the events of its stream."""
    given = body["input"] if isinstance(body["input"], list) else []
    content = [{"type": "output_text", "text": "Fine.", "annotations": []}]
    output: dict[str, Any] = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    output["content"] = content
    runs = sum(item.get("type") == "function_call_output" for item in given)
    if called := tool_to_call([tool["name"] for tool in body.get("tools", []) if "name" in tool], runs):
        call = {"type": "function_call", "id": "fc_1", "call_id": f"call_{runs + 1}", "status": "completed"}
        output = {**call, "name": called[0], "arguments": as_text(called[1])}
    usage = {
        "input_tokens": 1200 + number,
        "input_tokens_details": {"cached_tokens": 1024},
        "output_tokens": 60 + number,
        "output_tokens_details": {"reasoning_tokens": 16},
        "total_tokens": 1260 + 2 * number,
    }
    reported = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": _CREATED,
        "status": "completed",
        "model": answered_model(body["model"]),
        "output": [output],
        "usage": usage,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": body.get("tools", []),
    }
    started = {**reported, "status": "in_progress", "output": [], "usage": None}
    return reported, [
        {"type": "response.created", "sequence_number": 0, "response": started},
        {"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": output},
        {"type": "response.completed", "sequence_number": 2, "response": reported},
    ]


def messages(body: dict[str, Any], number: int) -> Answer:
    """A message of Anthropic's and the events of its stream; its input tokens leave out what caches gave and took."""
    usage = {
        "input_tokens": 40 + number,
        "cache_read_input_tokens": 1024,
        "cache_creation_input_tokens": 256,
        "output_tokens": 50 + number,
    }
    said = [part for message in body["messages"] for part in _parts(message)]
    runs = sum(part.get("type") == "tool_result" for part in said)
    called = tool_to_call([tool["name"] for tool in body.get("tools", [])], runs)
    block: dict[str, Any] = {"type": "text", "text": "Fine."}
    empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": "Fine."}
    if called:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": called[0], "input": called[1]}
        empty, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": as_text(called[1])}
    reason = "tool_use" if called else "end_turn"
    reported = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": answered_model(body["model"]),
        "content": [block],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }
    started = {**reported, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    stop = {"stop_reason": reason, "stop_sequence": None}
    return reported, [
        {"type": "message_start", "message": started},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": usage["output_tokens"]}},
        {"type": "message_stop"},
    ]


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else []


BY_ROUTE = {"completions": chat, "embeddings": embeddings, "responses": responses, "messages": messages}
BY_ROUTE |= {"generateContent": gemini_answers.generate, "streamGenerateContent": gemini_answers.generate}


def tokens(reported: dict[str, Any]) -> dict[str, Any]:
    """The model and the tokens of an answer, in one meaning for all providers."""
    if "usageMetadata" in reported:
        return gemini_answers.tokens(reported)
    usage = reported["usage"]
    written = usage.get("cache_creation_input_tokens", 0)
    read = usage.get("cache_read_input_tokens", 0)
    inside = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    spent = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    return {
        "model": reported["model"],
        "input": usage.get("prompt_tokens", usage.get("input_tokens", 0)) + read + written,
        "cached_input": read + inside.get("cached_tokens", 0),
        "cache_write": written,
        "output": usage.get("completion_tokens", usage.get("output_tokens", 0)),
        "reasoning": spent.get("reasoning_tokens", 0),
    }


def as_event(event: dict[str, Any]) -> str:
    """A server-sent event; Anthropic and the Responses API name them."""
    name = f"event: {event['type']}\n" if "type" in event else ""
    end = "data: [DONE]\n\n" if not name and event.get("choices") == [] else ""
    return f"{name}data: {json.dumps(event)}\n\n{end}"
