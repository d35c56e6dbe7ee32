"""The schema of Grafana's dashboards, held against a file: the types of the foundation SDK are generated from it.

The SDK reads a file into its classes without looking at the types, and leaves out what it does not know: so the file
is read, every value is held against the type of its place, and what is missing after writing it again is no part of
the schema. What the schema leaves open, values of overrides and options of transformations, has its own part below.
"""

import enum
import inspect
import json
import re
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard, heatmap, table, timeseries, units

plugins.register_default_plugins()

# Properties that overrides may set, by the type of panel that knows them.
_OWN_FIELDS: dict[str, type] = {
    "timeseries": timeseries.FieldConfig,
    "table": table.FieldConfig,
    "heatmap": heatmap.FieldConfig,
}
# What the SDK does not know yet. Source: TableFieldOptions of @grafana/schema 13.2.3.
_NEWER: dict[tuple[str, str], type] = {("table", "custom.wrapText"): bool}
_OPEN = (Any, object)
_UNITS = {value for name, value in vars(units).items() if name[0].isupper()}
# Units that carry their own text. Source: @grafana/data, valueFormats.
_FREE_UNIT = re.compile(r"(suffix|prefix|si|currency|count|time|bool):.+")


class _Names(msgspec.Struct, forbid_unknown_fields=True):
    names: list[str]


class _SortBy(msgspec.Struct, forbid_unknown_fields=True):
    field: str
    desc: bool


class _Filter(msgspec.Struct, forbid_unknown_fields=True):
    include: _Names


class _Sorts(msgspec.Struct, forbid_unknown_fields=True):
    sort: list[_SortBy]


class _Organize(msgspec.Struct, forbid_unknown_fields=True):
    rename: dict[str, str] = msgspec.field(name="renameByName", default_factory=dict)
    places: dict[str, int] = msgspec.field(name="indexByName", default_factory=dict)
    left_out: dict[str, bool] = msgspec.field(name="excludeByName", default_factory=dict)


class _Reduce(msgspec.Struct, forbid_unknown_fields=True):
    reducers: list[Literal["lastNotNull", "last", "max", "min", "sum", "mean"]]
    mode: Literal["seriesToRows", "reduceFields"]


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


# Source: @grafana/data, transformations/transformers.
_TRANSFORMATIONS: dict[str, type[msgspec.Struct]] = {
    "filterFieldsByName": _Filter,
    "merge": _Nothing,
    "organize": _Organize,
    "reduce": _Reduce,
    "sortBy": _Sorts,
}


def problems(file: dict[str, Any]) -> Iterator[str]:
    """Every place of a dashboard that its schema does not allow."""
    read = dashboard.Dashboard.from_json(file)
    yield from _lost(file, json.loads(json.dumps(read, cls=JSONEncoder)), "")
    yield from _wrong(read, dashboard.Dashboard, "")
    for place, panel in enumerate(file["panels"]):
        where = f"/panels/{place}"
        config = panel.get("fieldConfig", {})
        yield from _wrong_unit(config.get("defaults", {}).get("unit", ""), where)
        for override in config.get("overrides", ()):
            for item in override["properties"]:
                yield from _wrong_property(item["id"], item["value"], panel["type"], f"{where}/{item['id']}")
        for step in panel.get("transformations", ()):
            yield from _wrong_transformation(step, f"{where}/{step['id']}")


def _lost(before: Any, after: Any, where: str) -> Iterator[str]:
    """What is not there after reading and writing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key not in after:
                yield f"{where}/{key} is not in the schema"
            else:
                yield from _lost(value, after[key], f"{where}/{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _lost(one, other, f"{where}/{place}")
    elif before != after:
        yield f"{where} is {before!r}, which is read as {after!r}"


def _wrong(value: Any, hint: Any, where: str) -> Iterator[str]:
    """Where a value is not of the type that its place has; what is open there may be any part of the schema."""
    arms = _arms(hint)
    if value is None and (type(None) in arms or hint in _OPEN):
        return
    models = tuple(arm for arm in arms if inspect.isclass(arm) and hasattr(arm, "from_json"))
    if hasattr(value, "from_json") and (isinstance(value, models) or not models):
        for name, of_field in _fields(type(value)).items():
            yield from _wrong(getattr(value, name), of_field, f"{where}/{name}")
        return
    found = [[*_wrong_plain(value, arm, where)] for arm in arms if arm is not type(None)]
    if all(found):
        yield from found[0] if len(found) == 1 else [f"{where} is {value!r}, not {hint}"]


def _arms(hint: Any) -> tuple[Any, ...]:
    """The types that a type allows."""
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _wrong_plain(value: Any, hint: Any, where: str) -> Iterator[str]:
    if typing.get_origin(hint) in (list, dict):
        yield from _wrong_items(value, hint, where)
    elif isinstance(value, dict) and hasattr(hint, "from_json"):
        # The SDK leaves the items of some lists as they are.
        read = hint.from_json(value)
        yield from _wrong(read, hint, where)
        yield from _lost(value, json.loads(json.dumps(read, cls=JSONEncoder)), where)
    elif not _is_one_of(value, hint):
        yield f"{where} is {value!r}, not {hint}"


def _wrong_items(value: Any, hint: Any, where: str) -> Iterator[str]:
    if not isinstance(value, typing.get_origin(hint)):
        yield f"{where} is {value!r}, not {hint}"
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _wrong(item, typing.get_args(hint)[-1], f"{where}/{key}")


def _is_one_of(value: Any, hint: Any) -> bool:
    """Whether a value without parts is one of a type's; the SDK leaves words of an enumeration as text."""
    if typing.get_origin(hint) is Literal:
        return value in typing.get_args(hint)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return value in [one.value for one in hint]
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return hint in _OPEN or (inspect.isclass(hint) and isinstance(value, hint))


def _fields(model: type) -> dict[str, Any]:
    """The types of the fields of a class of the SDK."""
    return typing.get_type_hints(model)


def _wrong_property(name: str, value: Any, panel_type: str, where: str) -> Iterator[str]:
    if newer := _NEWER.get((panel_type, name)):
        yield from _wrong(value, newer, where)
        return
    owner: type = _OWN_FIELDS.get(panel_type, object) if name.startswith("custom.") else dashboard.FieldConfig
    attribute = re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name.removeprefix("custom."))
    hint = _fields(owner).get(attribute)
    if hint is None:
        yield f"{where} is no property of a {panel_type}"
        return
    key = name.removeprefix("custom.")
    read = owner.from_json({key: value})  # type: ignore[attr-defined]
    yield from _wrong(getattr(read, attribute), hint, where)
    yield from _lost({key: value}, json.loads(json.dumps(read, cls=JSONEncoder)), where)
    if key == "unit":
        yield from _wrong_unit(value, where)


def _wrong_transformation(step: dict[str, Any], where: str) -> Iterator[str]:
    if step["id"] not in _TRANSFORMATIONS:
        yield f"{where} is not among {sorted(_TRANSFORMATIONS)}"
        return
    try:
        msgspec.convert(step["options"], _TRANSFORMATIONS[step["id"]])
    except msgspec.ValidationError as error:
        yield f"{where}: {error}"


def _wrong_unit(unit: str, where: str) -> Iterator[str]:
    if unit and unit not in _UNITS and not _FREE_UNIT.fullmatch(unit):
        yield f"{where} has the unit {unit!r}, which Grafana does not know"
