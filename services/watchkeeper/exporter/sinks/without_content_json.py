"""OTLP requests without what people and models said, in JSON: see ``without_content``."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from watchkeeper.exporter.enrich.secrets import without_keys
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.sinks.content_names import MAX_TEXT, error_class, is_content_event
from watchkeeper.exporter.sinks.passing import Hash, Rule, passes_as_number, passing_text, rule_of

_MAX_DEPTH = 16
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}\Z")
# The fields of OTLP's messages beside attributes and bodies; whatever else a request has is not OTLP's.
_FIELDS = frozenset(
    """
    resourceSpans resourceLogs resource scopeSpans scopeLogs scope spans logRecords name version schemaUrl traceId
    spanId parentSpanId traceState flags kind startTimeUnixNano endTimeUnixNano timeUnixNano observedTimeUnixNano
    droppedAttributesCount droppedEventsCount droppedLinksCount events links status code message severityNumber
    severityText eventName
    """.split()  # noqa: SIM905  # a hundred quotes hide the names
)
Tree = Any


def strip_json(body: bytes, hash_user: Hash) -> bytes:
    """Return the request without content. Raises: ValueError when the body cannot be read."""
    check_values(body)
    try:
        return msgspec.json.encode(_strip_tree(msgspec.json.decode(body), hash_user))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("the body is not JSON") from error


def _strip_tree(tree: Tree, hash_user: Hash) -> Tree:
    """Walk the envelope: wherever there are attributes or a status message, there may be content."""
    if isinstance(tree, list):
        return [_strip_tree(item, hash_user) for item in tree]
    if isinstance(tree, str):
        return without_keys(tree[:MAX_TEXT])
    if not isinstance(tree, dict):
        return tree
    kept = {key: _strip_tree(value, hash_user) for key, value in tree.items() if key in _FIELDS}
    if isinstance(status := kept.get("status"), dict) and "message" in status:
        status["message"] = error_class(str(status["message"]))
    if not is_content_event(str(tree.get("name", ""))) and isinstance(tree.get("attributes"), list):
        kept["attributes"] = _stripped_pairs(tree["attributes"], hash_user)
    return kept


def _stripped_pairs(pairs: Iterable[Tree], hash_user: Hash, depth: int = 0) -> list[Tree]:
    """The attributes that may stay, with those inside them that may."""
    kept = []
    for pair in pairs:
        if not isinstance(pair, dict) or not isinstance(pair.get("value"), dict):
            continue
        name = str(pair.get("key", ""))
        if (value := _stripped_value(name, pair["value"], hash_user, depth)) is not None:
            kept.append({"key": name, "value": value})
    return kept


def _stripped_value(name: str, value: dict[str, Tree], hash_user: Hash, depth: int) -> dict[str, Tree] | None:
    """What of a value may pass; None where nothing may."""
    if not value:
        return {}
    kind, held = next(iter(value.items()))
    if _is_number(kind, held) and passes_as_number(name):
        return {kind: held}
    if (kind == "stringValue" and isinstance(held, str)) or _is_number(kind, held):
        text = passing_text(name, str(held), hash_user)
        return None if text is None else {"stringValue": text}
    if not isinstance(held, dict) or depth > _MAX_DEPTH or rule_of(name) is not Rule.TEXT:
        return None
    return (
        {kind: {"values": passed}}
        if (passed := _stripped_items(name, kind, held, hash_user=hash_user, depth=depth))
        else None
    )


def _stripped_items(name: str, kind: str, held: dict[str, Tree], *, hash_user: Hash, depth: int) -> list[Tree]:
    """What of a list, or of attributes inside an attribute, may pass."""
    items = held.get("values") or ()
    if len(msgspec.json.encode(held)) > MAX_TEXT or kind not in ("kvlistValue", "arrayValue"):
        return []
    if kind == "kvlistValue":
        return _stripped_pairs(items, hash_user, depth + 1)
    passed = (_stripped_value(name, item, hash_user, depth + 1) for item in items if isinstance(item, dict))
    return [item for item in passed if item is not None]


def _is_number(kind: str, held: Tree) -> bool:
    """Whether this is the number that its kind says: a text in the place of one may say anything."""
    if kind == "boolValue":
        return isinstance(held, bool)
    if kind == "doubleValue":
        return isinstance(held, int | float) or held in ("NaN", "Infinity", "-Infinity")
    is_text_of_one = isinstance(held, str) and _WHOLE_NUMBER.match(held) is not None
    return kind == "intValue" and (isinstance(held, int) or is_text_of_one)
