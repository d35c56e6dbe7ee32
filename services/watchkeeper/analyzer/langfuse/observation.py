"""Observations as Langfuse's API gives them, of its current endpoint and of the older one, to events of its ingestion.

Pure. What the exporter takes from SDKs of before version 3 is what these become, so that they are read, deduplicated,
priced and redacted as any others. Of the metadata only what names something goes on, of texts what may be captured.
Source: langfuse.com/docs/api: GET /api/public/v2/observations and /api/public/observations.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from watchkeeper.analyzer.langfuse.given import fields_of, key_of, numbers_of, seconds_of, sound
from watchkeeper.model.ids import canonical_id

_SERVICE = ("service", "service.name", "service_name")
# The names that the exporter reads in metadata; the rest is the application's own.
_NAMES = ("team", "tenant", "ls_provider", "service_tier", "finish_reason", "stop_reason", "status", "object", "id")
_KEPT = (
    *("name", "startTime", "endTime", "completionStartTime", "parentObservationId", "environment"),
    *("promptName", "promptVersion", "level", "statusMessage"),
)
_CONTENT = ("input", "output")


class _Sent(msgspec.Struct, rename="camel"):
    id: str
    type: str
    start_time: str
    trace_id: str | None = None
    end_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadObservation:
    """One observation. ``at`` is when it began, ``ended`` when it ended, in Unix seconds; None: it has not yet.

    ``body`` is what ingestion takes of it, ``of_trace`` what it takes of its trace.
    """

    id: str
    at: float
    trace_id: str
    ended: float | None
    body: Mapping[str, Any]
    of_trace: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The same for the same observation, and short."""
        return key_of(self.id)

    @property
    def trace_key(self) -> str:
        """The same for all observations of its trace; for none without a trace."""
        return f"trace {key_of(self.trace_id)}"

    def events(self) -> list[dict[str, Any]]:
        """What its trace says of the user and the session, where it does, and the observation."""
        sent = [("observation-create", self.body)]
        if self.of_trace:
            sent.insert(0, ("trace-create", {"id": self.body["traceId"], **self.of_trace}))
        return [{"id": self.id, "type": kind, "timestamp": self.body["startTime"], "body": body} for kind, body in sent]


def read_observation(raw: object, project: str, *, with_texts: bool) -> ReadObservation | None:
    """Return one observation of an answer; None when it is none. Without a service it is one of the project's name."""
    if not isinstance(raw, dict):
        return None
    try:
        sent = msgspec.convert(raw, _Sent)
        at = seconds_of(sent.start_time)
        ended = seconds_of(sent.end_time) if sent.end_time else None
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    of_trace = {name: text for name in ("userId", "sessionId") if isinstance(text := raw.get(name), str) and text}
    return ReadObservation(
        id=sound(sent.id),
        at=at,
        trace_id=canonical_id(sound(sent.trace_id or "")),
        ended=at if sent.type.upper() == "EVENT" else ended,
        body=_body(raw, sent, project, with_texts=with_texts),
        of_trace={name: sound(text) for name, text in of_trace.items()} if sent.trace_id else {},
    )


def _body(raw: Mapping[str, Any], sent: _Sent, project: str, *, with_texts: bool) -> dict[str, Any]:
    metadata = fields_of(raw.get("metadata"))
    named = {name: sound(metadata[name]) for name in _NAMES if isinstance(metadata.get(name), str)}
    said = {name: _whole(raw.get(name)) for name in _CONTENT} if with_texts else {}
    body: dict[str, Any] = {
        **{name: _plain(raw.get(name)) for name in _KEPT},
        **said,
        "id": sound(sent.id),
        "type": sound(sent.type),
        "traceId": sound(sent.trace_id or ""),
        "model": _plain(raw.get("providedModelName") or raw.get("model")),
        "modelParameters": _tier(raw.get("modelParameters")),
        "usageDetails": numbers_of(raw.get("usageDetails")),
        "costDetails": _cost(raw),
        "metadata": {**named, "service": _service(metadata) or project},
    }
    return {name: value for name, value in body.items() if value}


def _service(metadata: Mapping[str, Any]) -> str:
    """What the application is called: by a key of its own, or by the resource of its spans, which may be JSON text."""
    places = (metadata, fields_of(metadata.get("resourceAttributes")))
    names = (place.get(name) for place in places for name in _SERVICE)
    return next((sound(name) for name in names if isinstance(name, str) and name), "")


def _cost(raw: Mapping[str, Any]) -> dict[str, float]:
    """The cost where Langfuse has no price of the model, so that an application reported it; ours is computed here."""
    if raw.get("modelId") or raw.get("internalModelId"):
        return {}
    return numbers_of(raw.get("costDetails")) or numbers_of({"total": raw.get("totalCost")})


def _tier(parameters: object) -> dict[str, str]:
    tier = fields_of(parameters).get("service_tier")
    return {"service_tier": sound(tier)} if isinstance(tier, str) else {}


def _plain(value: object) -> str | int | None:
    """A short text or a whole number; nothing that is nested, and no number that JSON has not."""
    return sound(value) if isinstance(value, str) else value if isinstance(value, int) else None


def _whole(said: object) -> str:
    """What was said, whole: as text, or as JSON, in which halves of characters are escaped."""
    if isinstance(said, str):
        return sound(said, len(said))
    try:
        return "" if said is None else json.dumps(said)
    except RecursionError:
        return ""
