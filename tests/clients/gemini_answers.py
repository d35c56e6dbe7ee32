"""What the fake provider answers in the shapes of the Gemini API; its output tokens leave out the thoughts."""

from typing import Any

from tests.clients.offered import tool_to_call

REFUSAL = {"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}


def generate(body: dict[str, Any], number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A whole answer, which is also the only chunk of its stream."""
    usage = {
        "promptTokenCount": 1300 + number,
        "cachedContentTokenCount": 1024,
        "candidatesTokenCount": 70 + number,
        "thoughtsTokenCount": 16,
        "totalTokenCount": 1386 + 2 * number,
    }
    content = {"role": "model", "parts": [_part(body)]}
    reported = {
        "candidates": [{"index": 0, "content": content, "finishReason": "STOP"}],
        "usageMetadata": usage,
        "modelVersion": body["model"],
        "responseId": f"gemini-response-of-nobody-{number}",
    }
    return reported, [reported]


def _part(body: dict[str, Any]) -> dict[str, Any]:
    """Text, or a function to call."""
    declared = [function for tool in body.get("tools", []) for function in tool.get("functionDeclarations", [])]
    parts = [part for content in body["contents"] for part in content.get("parts", [])]
    runs = sum("functionResponse" in part for part in parts)
    called = tool_to_call([function["name"] for function in declared], runs)
    if called is None:
        return {"text": "Fine."}
    name, arguments = called
    return {"functionCall": {"name": name, "args": arguments}}


def tokens(reported: dict[str, Any]) -> dict[str, Any]:
    """The model and the tokens of an answer, the thoughts inside of the output as everywhere."""
    usage = reported["usageMetadata"]
    return {
        "model": reported["modelVersion"],
        "input": usage["promptTokenCount"],
        "cached_input": usage["cachedContentTokenCount"],
        "output": usage["candidatesTokenCount"] + usage["thoughtsTokenCount"],
        "reasoning": usage["thoughtsTokenCount"],
    }
