"""docs/reference/configuration.md: every key of watchkeeper.yml."""

from collections.abc import Iterator
from typing import Any, get_origin

from docs.reference.markdown import code, docstring_of, page, table
from pydantic import BaseModel

from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.thresholds import ALERT_LIMITS, AlertLimit

_INTRODUCTION = """\
`watchkeeper.yml` is the one file a user edits; every key has a default, and an empty file is a valid one.
Unknown keys are errors.
`watchkeeper check-config` reports all errors; `make up` does so before it applies a change."""

_LIMITS = """\
Each of these takes a `default`, and overrides under `services`.
A limit in brackets is one number for everything and takes no `services`."""

_RULES = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
}


def render() -> str:
    """Return the page."""
    return page(
        "Configuration",
        "services/watchkeeper/config/schema.py",
        _INTRODUCTION,
        table(["key", "value", "default"], _rows(ConfigFile.model_json_schema())),
        "## Limits of alerts",
        _LIMITS,
        table(["key below `alerts`", "meaning", "default", "at most"], [_limit(limit) for limit in ALERT_LIMITS]),
        "## What the parts mean",
        "\n".join(f"- `{name}`: {' '.join(docstring_of(model).split())}" for name, model in _sections(ConfigFile, "")),
    )


def _limit(limit: AlertLimit) -> list[str]:
    name = code(limit.alert) if limit.is_per_service else f"({code(limit.alert)})"
    highest = "" if limit.highest is None else code(f"{limit.highest:g}")
    return [name, limit.meaning, "" if limit.default is None else code(f"{limit.default:g}"), highest]


def _rows(schema: dict[str, Any]) -> Iterator[list[str]]:
    definitions = schema.get("$defs", {})
    for path, node, is_required in _keys(schema, definitions, ""):
        default = "**required**" if is_required else _default(node)
        yield [code(path), _kind(node, definitions), default]


def _keys(
    schema: dict[str, Any], definitions: dict[str, Any], prefix: str
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield every key with its path; ``[]`` is an entry of a list, ``<name>`` a key of the user's own."""
    required = schema.get("required", [])
    for name, node in schema.get("properties", {}).items():
        path = prefix + name
        yield path, node, name in required
        for suffix, child in _children(node):
            yield from _keys(_resolve(child, definitions), definitions, path + suffix)


def _children(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in node.get("anyOf", ()):
        yield from _children(part)
    if "$ref" in node:
        yield ".", node
    if "$ref" in node.get("items", {}):
        yield "[].", node["items"]
    # keys of the user's own are patternProperties where their spelling has a rule
    entries = next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties", {}))
    if isinstance(entries, dict) and "$ref" in entries:
        yield ".<name>.", entries


def _resolve(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    resolved: dict[str, Any] = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return resolved


def _kind(node: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "anyOf" in node:
        is_number = any(part.get("type") == "number" for part in node["anyOf"])
        # text with a pattern is the second spelling of a decimal number
        parts = (part for part in node["anyOf"] if part.get("type") != "null" and not (is_number and "pattern" in part))
        kinds = dict.fromkeys(_kind(part, definitions) for part in parts)
        return " or ".join(kind for kind in kinds if kind)
    if node.get("type") == "array":
        return "list"
    if "enum" in node:
        return ", ".join(map(code, node["enum"]))
    if "$ref" in node or node.get("type") == "object":
        names = node.get("propertyNames", {})
        allowed = _resolve(names, definitions).get("enum", [])
        return "mapping; keys are the names below" if allowed else "mapping"
    name = {"date": "date"}.get(node.get("format", ""), _NAMES.get(node.get("type", ""), ""))
    rules = [text.format(f"{node[rule]:g}") for rule, text in _RULES.items() if rule in node]
    return f"{name} {', '.join(rules)}" if rules else name


_NAMES = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}


def _default(node: dict[str, Any]) -> str:
    value = node.get("default")
    return "" if value in (None, "", [], {}) or isinstance(value, dict) else code(value)


def _sections(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every part of the file with the class that describes it."""
    for name, field in model.model_fields.items():
        for part in _models_in(field.annotation):
            yield prefix + name, part
            yield from _sections(part, f"{prefix}{name}{'[]' if get_origin(field.annotation) is tuple else ''}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)
