"""What a query of Prometheus was over time, and the lines of Loki that belong to an alert."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from watchkeeper.engines.asking import asked
from watchkeeper.engines.log_lines import Page, log_lines
from watchkeeper.errors import EngineError

_ANSWER_SECONDS = 4.0
_NANOSECONDS = 1_000_000_000

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``start`` to ``end`` in Unix seconds, and how far apart points are."""

    start: float
    end: float
    step_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series: its labels, and its values by Unix seconds."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


# What was divided by nothing is on no scale.
_NO_NUMBERS = frozenset({"NaN", "+Inf", "-Inf"})


class _Found(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Rule(msgspec.Struct):
    query: str


class _Group(msgspec.Struct):
    rules: list[_Rule]


def over_time(
    client: httpx.Client, prometheus_url: str, query: str, span: Span, answer_seconds: float = _ANSWER_SECONDS
) -> list[Series]:
    """Every series that a query gives. Raises: EngineError when Prometheus does not answer or refuses it."""
    form = {"query": query, "start": f"{span.start:.0f}", "end": f"{span.end:.0f}", "step": str(span.step_seconds)}
    path = "/api/v1/query_range"
    data = asked("Prometheus", client.post, prometheus_url, path, data=form, timeout=answer_seconds)
    found = _converted(data["result"], list[_Found])
    return [
        Series(labels=one.metric, points=[(at, float(value)) for at, value in one.values if value not in _NO_NUMBERS])
        for one in found
    ]


def expressions_of(client: httpx.Client, prometheus_url: str, alert: str) -> list[str]:
    """The expressions of the rules of an alert's name. Raises: EngineError."""
    parameters = {"type": "alert", "rule_name[]": alert}
    path = "/api/v1/rules"
    data = asked("Prometheus", client.get, prometheus_url, path, params=parameters, timeout=_ANSWER_SECONDS)
    return [rule.query for group in _converted(data["groups"], list[_Group]) for rule in group.rules]


def last_lines(
    client: httpx.Client, loki_url: str, query: str, span: Span, most: int
) -> list[tuple[float, dict[str, object]]]:
    """The last lines of a query that are JSON objects, the newest first, with their time. Raises: EngineError."""
    start_ns, end_ns = round(span.start * _NANOSECONDS), round(span.end * _NANOSECONDS)
    page = Page(query=query, start_ns=start_ns, end_ns=end_ns, most=most)
    lines = log_lines(client, loki_url, page, timeout=_ANSWER_SECONDS)
    return [(at / _NANOSECONDS, content) for at, text in lines[:most] if (content := _object(text)) is not None]


def _object(text: str) -> dict[str, object] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _converted(data: object, kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(data, type=kind)
    except (msgspec.ValidationError, TypeError) as error:
        raise EngineError("an engine answers with what is no result of a query") from error
