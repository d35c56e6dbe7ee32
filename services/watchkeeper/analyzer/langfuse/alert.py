"""Alerts as events of Langfuse: a trace for each time that one fired, with an event at its begin and one at its end.

Pure. Their ids are made of what the alert says, so that writing one again changes nothing; the traces' begin alike, so
that they are not read back. Source: langfuse.com/integrations/native/opentelemetry, property mapping.
"""

import hashlib
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from watchkeeper.analyzer.langfuse.given import seconds_of

# The word "watch" in hexadecimal: of other traces one in a trillion begins so by chance.
OWN_TRACES = b"watch".hex()
_EVENTS = ("alert_fired", "alert_resolved")
QUERY = f'{{event=~"{"|".join(_EVENTS)}"}}'
_LEVELS = {"critical": "ERROR", "high": "ERROR", "medium": "WARNING"}
_O = "langfuse.observation."


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter wrote when Alertmanager reported that an alert fired, or that it resolved."""

    event: str
    timestamp: str
    alertname: str
    service: str = ""
    env: str = ""
    team: str = ""
    model: str = ""
    severity: str = ""
    summary: str = ""
    started_at: str = ""
    ended_at: str = ""
    fingerprint: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it resolved."""
        return self.event == "alert_resolved"

    @property
    def trace_id(self) -> str:
        """The same for the begin and the end of one time that it fired."""
        known = (self.fingerprint or f"{self.alertname} {self.service}", self.started_at)
        return (OWN_TRACES + hashlib.sha256(repr(known).encode()).hexdigest())[:32]

    @property
    def id(self) -> str:
        """Of the event: the same however often it is written."""
        return hashlib.sha256(f"{self.trace_id} {self.event}".encode()).hexdigest()[:16]

    def span(self) -> dict[str, Any]:
        """The event as a span in OTLP's JSON. Raises: ValueError, OverflowError for a time that is none."""
        at = _nanoseconds((self.ended_at if self.is_over else self.started_at) or self.timestamp)
        named = {"alert": self.alertname, "severity": self.severity, "team": self.team, "model": self.model}
        said = {
            "langfuse.trace.name": f"alert {self.alertname}",
            "langfuse.environment": self.env,
            f"{_O}type": "event",
            f"{_O}level": "DEFAULT" if self.is_over else _LEVELS.get(self.severity, "WARNING"),
            f"{_O}status_message": self.summary,
            **{f"{_O}metadata.{name}": text for name, text in {**named, "by": "watchkeeper"}.items()},
        }
        return {
            "traceId": self.trace_id,
            "spanId": self.id,
            "name": f"{self.alertname} {'resolved' if self.is_over else 'fired'}",
            "kind": 1,
            "startTimeUnixNano": at,
            "endTimeUnixNano": at,
            "attributes": attributes(said),
        }


def _nanoseconds(time: str) -> str:
    """As OTLP's JSON has them. Raises: ValueError, OverflowError for what is none, or none of our age."""
    at = int(seconds_of(time) * 10**9)
    if not 0 <= at < 2**63:
        raise ValueError("a time that OTLP cannot say")
    return str(at)


_decode = msgspec.json.Decoder(AlertLine).decode


def read_alert(text: str, services: Collection[str]) -> AlertLine | None:
    """The alert of a line; None for one of another service, and for what is no alert's line."""
    try:
        line = _decode(text)
        line.span()
    except (msgspec.MsgspecError, UnicodeError, ValueError, OverflowError):
        return None
    is_wanted = line.event in _EVENTS and any(fnmatchcase(line.service, pattern) for pattern in services)
    return line if is_wanted else None


def attributes(texts: dict[str, str]) -> list[dict[str, Any]]:
    """Attributes in OTLP's JSON; empty ones are left out."""
    return [{"key": key, "value": {"stringValue": text}} for key, text in texts.items() if text]
