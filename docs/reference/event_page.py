"""docs/reference/events.md: every event of POST /v1/events."""

import typing

import msgspec
from docs.reference.markdown import code, docstring_of, page, table
from msgspec import inspect as types

from watchkeeper.exporter.ingest.events import Event, NativeEvent

_INTRODUCTION = """\
`POST /v1/events` takes a JSON array of events, one JSON object, or NDJSON (one object a line), plain or gzipped.
Every event has a `type`; all other fields that have a default may be left out.
Unknown fields are rejected, so that a misspelt name is reported and not silently lost.
One invalid event does not affect the rest of the batch: the response lists rejected events and reasons.

The response is 200 when at least one event was accepted; it counts `accepted` and `rejected`, \
and lists `rejections` with index, reason and detail.
It is 400 when none was accepted, 413 when the body is too large, 415 for an unknown encoding, \
and 429 with `Retry-After` when the exporter is overloaded."""

_TRY = """\
```console
curl -H 'Content-Type: application/json' http://localhost:4318/v1/events -d '[
  {"type": "llm_call", "service": "my-app", "provider": "openai", "model": "gpt-4o-mini",
   "input_tokens": 1200, "output_tokens": 80, "duration_seconds": 1.4}
]'
```"""

_Types = dict[type, str]
_PLAIN: _Types = {types.BoolType: "boolean", types.RawType: "anything", types.DecimalType: "number or string"}


def render() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, _TRY, "## Fields of every event", docstring_of(Event), _fields(Event, set())]
    common = {field.name for field in msgspec.structs.fields(Event)}
    for event in typing.get_args(NativeEvent):
        parts += [f"## {event.__struct_config__.tag}", docstring_of(event), _fields(event, common)]
    return page("Events", "services/watchkeeper/exporter/ingest/events.py", *parts)


def _fields(event: type[msgspec.Struct], without: set[str]) -> str:
    described = types.type_info(event)
    rows = [
        [code(field.encode_name), _kind(field.type), _default(field)]
        for field in getattr(described, "fields", ())
        if field.name not in without
    ]
    return table(["field", "type", "default"], rows)


def _kind(kind: types.Type) -> str:
    if isinstance(kind, types.Metadata):
        description = (kind.extra_json_schema or {}).get("description")
        return str(description or _kind(kind.type))
    if isinstance(kind, types.UnionType):
        return " or ".join(_kind(part) for part in kind.types if not isinstance(part, types.NoneType))
    if isinstance(kind, types.ListType):
        return f"list of {_kind(kind.item_type)}s, at most {kind.max_length}"
    return _scalar(kind)


def _scalar(kind: types.Type) -> str:
    if isinstance(kind, types.LiteralType):
        return ", ".join(code(value) for value in sorted(kind.values, key=str))
    if isinstance(kind, types.ListType | types.VarTupleType):
        return f"list of {_kind(kind.item_type)}s, at most {kind.max_length}"
    return _bounded(kind)


def _bounded(kind: types.Type) -> str:
    if isinstance(kind, types.StrType):
        return f"text, at most {kind.max_length} characters" if kind.max_length else "text"
    if isinstance(kind, types.IntType | types.FloatType):
        name = "whole number" if isinstance(kind, types.IntType) else "number"
        return name if kind.ge is None else f"{name} from {kind.ge}"
    return _PLAIN[type(kind)]


def _default(field: types.Field) -> str:
    if field.required:
        return "**required**"
    if field.default in (None, "", msgspec.NODEFAULT) or isinstance(field.default, msgspec.Raw):
        return ""
    return code(msgspec.json.encode(field.default).decode())
