"""Alertmanager's webhook, version 4, to incidents; unknown keys are ignored so that newer releases still fit."""

from datetime import datetime

import msgspec

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.pieces import Allowance, Pieces, check_count, in_pieces
from watchkeeper.model import Context, Incident, Rejection

_SUPPORTED_VERSION = "4"
_MAX_TEXT = 1024
_OURSELVES = "watchkeeper"  # alerts about the stack itself name no service


class _Alert(msgspec.Struct, rename={"starts_at": "startsAt", "ends_at": "endsAt"}, frozen=True):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: str = ""
    ends_at: str = ""
    fingerprint: str = ""


class _Notification(msgspec.Struct, frozen=True):
    version: str
    alerts: list[msgspec.Raw]


_decode_notification = msgspec.json.Decoder(_Notification).decode
_decode_alert = msgspec.json.Decoder(_Alert).decode


def decode_alerts(body: bytes, received_ns: int) -> Pieces[Incident]:
    """Return one incident per alert of a webhook notification, and the alerts that were refused.

    Raises: DecodeError when the body is not a version 4 notification; TooManyError.
    """
    check_values(body)
    try:
        notification = _decode_notification(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be an Alertmanager webhook notification, {error}") from error
    if notification.version != _SUPPORTED_VERSION:
        raise DecodeError(f'body.version: must be "{_SUPPORTED_VERSION}", got {notification.version[:20]!r}')
    check_count(len(notification.alerts))
    alerts = enumerate(notification.alerts)
    return in_pieces(alerts, lambda raw: _incident(_decode_alert(raw), received_ns), _refusal, Allowance())


def _refusal(index: int, error: Exception) -> Rejection:
    return Rejection(reason="malformed_alert", detail=f"alerts[{index}]: {error}", index=index)


def _incident(alert: _Alert, received_ns: int) -> Incident:
    labels = alert.labels
    is_resolved = alert.status == "resolved"
    context = Context(
        time_ns=received_ns,
        service=labels.get("service", "") or _OURSELVES,
        team=labels.get("team", ""),
        provider=labels.get("provider", ""),
        model=labels.get("model", ""),
    )
    return Incident(
        context=context,
        alert=labels.get("alertname", "")[:_MAX_TEXT],
        status="resolved" if is_resolved else "firing",
        severity=labels.get("severity", "")[:_MAX_TEXT],
        summary=alert.annotations.get("summary", "")[:_MAX_TEXT],
        started_at=_timestamp(alert.starts_at),
        ended_at=_timestamp(alert.ends_at) if is_resolved else "",
        fingerprint=alert.fingerprint[:64],
        is_drill=labels.get("drill") == "true",
    )


def _timestamp(text: str) -> str:
    """The time as sent when it is one, else nothing: it goes to a log line."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text
