"""Scores as Langfuse's API gives them, of its current endpoint and of the older ones, to one form and to events. Pure.

Source: langfuse.com/docs/api: GET /api/public/v3/scores, /api/public/v2/scores and /api/public/scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from watchkeeper.analyzer.langfuse.given import key_of, seconds_of, sound
from watchkeeper.model.ids import canonical_id

_SOURCES = {"ANNOTATION": "person", "EVAL": "judge"}
# Free text is content, not a number or one of a few words.
_TEXTS = frozenset({"TEXT", "CORRECTION"})
_OBSERVATION, _TRACE, _SESSION = "observation", "trace", "session"


class _Subject(msgspec.Struct, rename="camel"):
    kind: str = ""
    id: str = ""
    trace_id: str | None = None


class _Sent(msgspec.Struct, rename="camel"):
    """What all endpoints give; the older ones name the subject by three ids, and a category by ``string_value``."""

    id: str
    name: str
    timestamp: str
    value: float | bool | str | None = None
    string_value: str | None = None
    data_type: str = ""
    source: str = ""
    environment: str | None = None
    queue_id: str | None = None
    subject: _Subject | None = None
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScore:
    """One score. ``at`` is its time in Unix seconds; ``value`` None is free text, which is no number of anything."""

    id: str
    name: str
    at: float
    value: float | bool | str | None
    source: str
    environment: str = ""
    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""

    @property
    def key(self) -> str:
        """The same for the same score, and short."""
        return key_of(self.id)

    def event(self, origin: Mapping[str, str]) -> dict[str, Any]:
        """The native event; ``origin`` are fields that are known of its trace."""
        where = {
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "session_id": self.session_id,
            "environment": self.environment,
        }
        return {
            "type": "score",
            "name": self.name,
            "value": self.value,
            "source": self.source,
            "score_id": self.id,
            "timestamp": self.at,
            **{name: text for name, text in where.items() if text},
            **origin,
        }


def read_score(raw: object) -> ReadScore | None:
    """Return one score of an answer; None when it is none."""
    try:
        sent = msgspec.convert(raw, _Sent)
        at = seconds_of(sent.timestamp)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    subject = sent.subject or _older_subject(sent)
    is_observation = subject.kind == _OBSERVATION
    return ReadScore(
        id=sound(sent.id),
        name=sound(sent.name),
        at=at,
        value=_value(sent),
        source="person" if sent.queue_id else _SOURCES.get(sent.source, "program"),
        environment=sound(sent.environment or ""),
        trace_id=canonical_id(sound(subject.trace_id or "") if is_observation else _id(subject, _TRACE)),
        span_id=canonical_id(_id(subject, _OBSERVATION)),
        session_id=_id(subject, _SESSION),
    )


def _value(sent: _Sent) -> float | bool | str | None:
    if sent.data_type in _TEXTS:
        return None
    if sent.data_type == "CATEGORICAL":
        category = sent.string_value or (sent.value if isinstance(sent.value, str) else None)
        return sound(category) if category else None
    if sent.data_type == "BOOLEAN" and isinstance(sent.value, bool | float):
        return bool(sent.value)
    return sound(sent.value) if isinstance(sent.value, str) else sent.value


def _older_subject(sent: _Sent) -> _Subject:
    if sent.observation_id:
        return _Subject(kind=_OBSERVATION, id=sent.observation_id, trace_id=sent.trace_id)
    if sent.trace_id:
        return _Subject(kind=_TRACE, id=sent.trace_id)
    return _Subject(kind=_SESSION, id=sent.session_id or "")


def _id(subject: _Subject, kind: str) -> str:
    return sound(subject.id) if subject.kind == kind else ""
