"""The text of an answer, the calls of tools in it and what it answers, wherever a client library puts them.

Everything here is read while a span is in memory, and nothing of it is kept.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise.content import INPUT, OUTPUT
from watchkeeper.model import Span

# What is longer is not looked at: an answer of 64 KiB is some twenty thousand tokens.
MAX_LENGTH = 64 * 1024
# Results as they are, and messages with parts; library by library.
_RAW = ("ai.response.text", "ai.response.object", "final_result")
_CALLS = ("ai.response.toolCalls",)
_ANSWERS = re.compile(r"(?:gen_ai\.completion|llm\.completions|llm\.output_messages)\.(\d+)\.(.+)")
_QUESTIONS = re.compile(r"(?:gen_ai\.prompt|llm\.prompts|llm\.input_messages)\.(\d+)\.(.+)")
_TEXT_NAME = re.compile(r"(?:message\.)?(?:content|contents\.\d+\.message_content\.text)\Z")
_ARGUMENTS_NAME = re.compile(r"(?:message\.)?tool_calls\.\d+\.(?:tool_call\.)?(?:function\.)?arguments\Z")
_ROLE_NAME = re.compile(r"(?:message\.)?role\Z")
# Where in a message its text is, outermost first.
_INNER = (
    "parts",
    "content",
    "text",
    "message",
    "choices",
    "generations",
    "messages",
    "output",
    "kwargs",
    "data",
    "response",
)
# LangChain's, which has no roles.
_KINDS = frozenset({"ai", "human", "tool", "system", "AIMessage", "HumanMessage"})
_MOST_DEPTH = 8
_CALL_TYPES = frozenset({"tool_call", "tool_use", "function_call", "tool-call"})
_JSON_FORMATS = re.compile(r'"?json(_object|_schema)?"?\Z|.*"type":\s*"json')


class AnswerText(msgspec.Struct, gc=False):
    """An answer in words, and the arguments of the tools that it calls, as the model spelled them."""

    text: str = ""
    arguments: tuple[str, ...] = ()
    calls_tools: bool = False


def read_answer(span: Span) -> AnswerText | None:
    """What a span's model or agent answered; None where the span does not have it, or has too much."""
    for attributes in (span.attributes, *(event.attributes for event in span.events)):
        answer = _of(attributes)
        if answer is not None:
            return answer if len(answer.text) <= MAX_LENGTH else None
    return None


def read_question(span: Span) -> str:
    """What a person asked last, as far as a span has it."""
    attributes = span.attributes
    for name in INPUT:
        value = attributes.get(name)
        if isinstance(value, str) and len(value) <= MAX_LENGTH:
            return _last_of_user(_parsed(value))
    numbered = _numbered(attributes, _QUESTIONS)
    users = [parts for _, parts in sorted(numbered.items()) if _is_users(parts)]
    return _joined(text for name, text in users[-1] if _TEXT_NAME.match(name)) if users else ""


def is_json_asked(span: Span) -> bool:
    """Whether the request asked for an answer in JSON."""
    attributes = span.attributes
    if attributes.get("gen_ai.output.type") == "json" or attributes.get("gen_ai.request.structured_output_schema"):
        return True
    asked = attributes.get("gen_ai.openai.request.response_format") or attributes.get("gen_ai.request.response_format")
    if asked is None:
        parameters = attributes.get("llm.invocation_parameters") or attributes.get(
            "langfuse.observation.model.parameters"
        )
        asked = parameters.partition('"response_format"')[2][:80] if isinstance(parameters, str) else None
    return isinstance(asked, str) and bool(_JSON_FORMATS.match(asked.strip(" :")))


def _of(attributes: Mapping[str, Any]) -> AnswerText | None:
    raw = next((value for name in _RAW if isinstance(value := attributes.get(name), str)), None)
    calls = next((value for name in _CALLS if isinstance(value := attributes.get(name), str)), None)
    if raw is not None or calls is not None:
        return AnswerText(raw or "", tuple(_arguments_in(_parsed(calls or "[]"))), calls is not None)
    for name in OUTPUT:
        value = attributes.get(name)
        if isinstance(value, str) and value and len(value) <= MAX_LENGTH:
            return _of_value(value)
    return _of_numbered(attributes)


def _of_value(value: str) -> AnswerText:
    parsed = _last_message(_parsed(value))
    calls = list(_calls_in(parsed))
    text = _text_of(parsed)
    # JSON that is no message is the answer itself.
    return AnswerText(value if text is None and not calls else text or "", tuple(_arguments_in(calls)), bool(calls))


def _of_numbered(attributes: Mapping[str, Any]) -> AnswerText | None:
    numbered = _numbered(attributes, _ANSWERS)
    if not numbered:
        return None
    parts = numbered[max(numbered)]
    arguments = tuple(text for name, text in parts if _ARGUMENTS_NAME.match(name))
    text = _joined(text for name, text in parts if _TEXT_NAME.match(name))
    return AnswerText(text, arguments, any("tool_calls." in name for name, _ in parts))


def _numbered(attributes: Mapping[str, Any], pattern: re.Pattern[str]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for key, value in attributes.items():
        if isinstance(value, str) and (match := pattern.match(key)):
            found.setdefault(int(match[1][:6]), []).append((match[2], value))
    return found


def _is_users(parts: Iterable[tuple[str, str]]) -> bool:
    return any(text == "user" for name, text in parts if _ROLE_NAME.match(name))


def _parsed(text: str) -> Any:
    """The JSON in a text, or the text."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _last_message(value: Any) -> Any:
    """The last of several messages; what follows it in a history is newer."""
    if isinstance(value, Mapping) and isinstance(value.get("messages"), Sequence):
        value = value["messages"]
    last = value[-1] if isinstance(value, list) and value else None
    if isinstance(last, Mapping) and ("role" in last or last.get("type") in _KINDS):
        return last
    return value


def _last_of_user(value: Any) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, list):
        users = [one for one in value if isinstance(one, Mapping) and one.get("role") == "user"]
        return (_text_of(users[-1]) or "") if users else ""
    return value if isinstance(value, str) else ""


def _text_of(value: Any, depth: int = 0) -> str | None:
    """The words of a message; None where it is no message."""
    if isinstance(value, str):
        return value
    if depth > _MOST_DEPTH:
        return None
    if isinstance(value, list):
        texts = [_text_of(part, depth + 1) for part in value if not _is_call(part)]
        known = [text for text in texts if text is not None]
        return _joined(text for text in known if text) if known else None
    if isinstance(value, Mapping):
        texts = [_text_of(_chosen(name, value[name]), depth + 1) for name in _INNER if name in value]
        known = [text for text in texts if text is not None]
        return next(filter(None, known), "" if known or "role" in value else None)
    return None


def _chosen(name: str, inner: Any) -> Any:
    """Of several choices the first, which is what most applications show."""
    return inner[:1] if name in ("choices", "generations") and isinstance(inner, list) else inner


def _is_call(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in _CALL_TYPES


def _calls_in(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > _MOST_DEPTH:
        return
    if isinstance(value, list):
        for part in value:
            yield from _calls_in(part, depth + 1)
    elif isinstance(value, Mapping):
        if _is_call(value):
            yield value
            return
        yield from (call for call in value.get("tool_calls") or () if isinstance(call, Mapping))
        for name in _INNER:
            yield from _calls_in(value.get(name), depth + 1)


def _arguments_in(calls: Any) -> Iterator[str]:
    """Only what is text: arguments that are an object were parsed by the client, and are JSON."""
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping):
            function = call.get("function")
            inner = function if isinstance(function, Mapping) else call
            arguments = inner.get("arguments", inner.get("args", inner.get("input")))
            if isinstance(arguments, str):
                yield arguments


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)
