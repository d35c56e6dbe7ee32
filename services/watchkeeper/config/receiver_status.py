"""The state of every receiver: written by `watchkeeper setup`, shown by `up`, `status`, the exporter and `doctor`."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

# The page of the exporter that shows notifications; there is one status of it when it gets any.
INBOX = "inbox"
# The exporter is notified of every alert always, the heartbeat's receiver of none; an inbox calls no one.
_SEVERITIES = ("critical", "high", "medium", "low")
_NO_PERSON = frozenset({"exporter", "heartbeat", INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverStatus:
    """One integration of one receiver: does it run, and if not, why not."""

    receiver: str
    integration: str
    configured: bool
    reason: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[ReceiverStatus, ...]).decode


def write_statuses(statuses: Iterable[ReceiverStatus]) -> str:
    """Return the text of receivers.json."""
    return msgspec.json.format(_encode(tuple(statuses)), indent=2).decode() + "\n"


def read_statuses(text: str | bytes) -> tuple[ReceiverStatus, ...]:
    """Return what receivers.json holds; nothing where there is none, or half of one."""
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return ()


def has_active_receiver(statuses: Iterable[ReceiverStatus]) -> bool:
    """Say whether an alert would reach a person."""
    return any(status.configured and status.receiver not in _NO_PERSON for status in statuses)


def has_inbox(statuses: Iterable[ReceiverStatus]) -> bool:
    """Say whether notifications are shown in the exporter's inbox."""
    return any(status.receiver == INBOX for status in statuses)


def what_is_off(statuses: Iterable[ReceiverStatus]) -> list[str]:
    """Return each reason once, with all receivers that are off for it, as in ``high, low by slack: <reason>``."""
    off = _grouped(status for status in statuses if not status.configured)
    return [f"{names} by {integration}: {reason}" for (integration, reason), names in off.items()]


def who_is_on(statuses: Iterable[ReceiverStatus]) -> list[str]:
    """Return the receivers that are on, each kind once, as in ``high, low by slack``."""
    on = _grouped(status for status in statuses if status.configured)
    return [f"{names} by {integration}" for (integration, _), names in on.items()]


def _grouped(statuses: Iterable[ReceiverStatus]) -> dict[tuple[str, str], str]:
    """The names of receivers by integration and reason, the worst severity first."""
    found: dict[tuple[str, str], list[str]] = {}
    for status in statuses:
        found.setdefault((status.integration, status.reason), []).append(status.receiver)
    return {key: ", ".join(sorted(names, key=_severity)) for key, names in found.items()}


def _severity(receiver: str) -> int:
    """The worst first, and what has another name last."""
    return _SEVERITIES.index(receiver) if receiver in _SEVERITIES else len(_SEVERITIES)
