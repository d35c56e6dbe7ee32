"""Captured payloads with secrets planted wherever content can be, and what must not be found of them afterwards."""

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SENTENCE = "Jane Roe asked about her divorce"
SECRETS = (
    "jane.roe@example.com",
    "4111 1111 1111 1111",
    "sk-ant-api03-Zm9vYmFyYmF6cXV4-0123456789",
    "+49 171 2345678",
)
USER = "planted-user-4711"
PLANTED = f"{SENTENCE}: {', '.join(SECRETS)}."

# Names of attributes and keys of JSON that hold content, and those that only say something about it.
_CONTENT = re.compile(
    r"(args|arguments|body|choices|completion|content|description|documents|explanation|input|instructions|kwargs|"
    r"message|messages|msg|output|prompt|query|reasoning|repr|response|result|stack_?trace|template|text|transcript|"
    r"value|variables)$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(^|[._])(id|ids|type|role|names?|model|reasons?|status|object|tier|provider|version|time|level|operationId|"
    r"finishReason|kind|system|environment|tags|functionId|sessionId|toolName|toolCallId|label|source|target|scope)$",
    re.IGNORECASE,
)
_USER = re.compile(r"(user[._]?id|enduser\.id|gen_ai\.user|llm\.user|request\.user)$", re.IGNORECASE)


class Request(msgspec.Struct, frozen=True):
    """A request to send."""

    path: str
    headers: dict[str, str]
    body: bytes


def planted_request(payload: Path) -> Request:
    """The request of a captured payload (its ``.bin`` file), with secrets in it."""
    reported = json.loads(payload.with_name(f"{payload.stem}.headers.json").read_bytes())
    body = payload.read_bytes()
    raw = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    is_json = raw.lstrip().startswith((b"{", b"["))
    media_type = "application/json" if is_json else "application/x-protobuf"
    planted = json.dumps(_plant_json(json.loads(raw))).encode() if is_json else _plant_protobuf(reported["path"], raw)
    return Request(reported["path"].partition("?")[0], {"content-type": media_type}, planted)


def found_in(text: str) -> list[str]:
    """What was planted and is found in a text."""
    return [planted for planted in (SENTENCE, *SECRETS, USER) if planted in text]


def _plant_protobuf(path: str, raw: bytes) -> bytes:
    kinds = {"logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest}
    request: Any = kinds.get(path.rpartition("/")[2], ExportTraceServiceRequest)()
    request.ParseFromString(raw)
    _plant_message(request)
    return bytes(request.SerializeToString())


def _plant_message(message: Any) -> None:
    for field, value in message.ListFields():
        if field.name in ("attributes", "values") and field.message_type.name == "KeyValue":
            for pair in value:
                _plant_value(pair.key, pair.value)
        elif field.name == "body":
            _plant_value("body", value)
        elif field.name == "status":
            value.message = _planted_status(value.message)
        elif field.name == "resource":
            continue
        elif field.message_type is not None:
            for part in value if not hasattr(value, "ListFields") else [value]:
                _plant_message(part)


def _plant_value(name: str, value: Any) -> None:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        value.string_value = planted_text(name, value.string_value)
    elif kind == "array_value":
        for item in value.array_value.values:
            _plant_value(name, item)
    elif kind == "kvlist_value":
        _plant_message(value.kvlist_value)


def _plant_json(tree: Any, name: str = "") -> Any:
    """Walk OTLP as JSON; attributes are recognised by having a key and a value."""
    if isinstance(tree, list):
        return [_plant_json(item, name) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if isinstance(tree.get("key"), str) and isinstance(tree.get("value"), dict):
        return {"key": tree["key"], "value": _plant_json(tree["value"], tree["key"])}
    planted = {key: value if key == "resource" else _plant_json(value, name) for key, value in tree.items()}
    if isinstance(tree.get("stringValue"), str):
        planted["stringValue"] = planted_text(name, tree["stringValue"])
    if isinstance(status := planted.get("status"), dict) and "message" in status:
        status["message"] = _planted_status(status["message"])
    return planted


def _planted_status(message: str) -> str:
    """Libraries put the class of an error first, and then anything."""
    return f"{message.partition(':')[0]}: {PLANTED}" if message else message


def planted_text(name: str, text: str) -> str:
    """The text with its content replaced: the leaves of JSON, texts of several words, and what a name calls content."""
    if _USER.search(name):
        return USER
    if _ABOUT.search(name) or not text:
        return text
    if text.startswith(("{", "[", '"')):
        try:
            return json.dumps(_planted_leaves(json.loads(text), name))
        except ValueError:
            return PLANTED
    return PLANTED if " " in text or _CONTENT.search(name) else text


def _planted_leaves(tree: Any, name: str) -> Any:
    """JSON with its texts replaced; what is below something called content is content."""
    if isinstance(tree, list):
        return [_planted_leaves(item, name) for item in tree]
    if isinstance(tree, Mapping):
        below = "content" if _CONTENT.search(name) else ""
        return {key: _planted_leaves(value, key if _says_itself(key) else below or key) for key, value in tree.items()}
    return planted_text(name, tree) if isinstance(tree, str) else tree


def _says_itself(key: str) -> bool:
    return bool(_USER.search(key) or _ABOUT.search(key) or _CONTENT.search(key))
