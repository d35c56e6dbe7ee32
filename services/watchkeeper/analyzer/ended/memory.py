"""What Alertmanager knew before it was restarted: it keeps alerts in memory only, who was notified of them on disk.

Prometheus sends what fires again, and for a while what has ended. An alert that ended while both were away is sent by
no one, and stays open wherever it was reported. Pure: what is held comes in, what is to be sent goes out.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from watchkeeper.engines.alertmanager import HeldAlert

# As long as Prometheus sends an alert that has ended (resolvedRetention): Alertmanager may be restarted once more.
_KEPT_SECONDS = 15 * 60.0


class Missing(msgspec.Struct, frozen=True):
    """An alert that no one has sent since a restart; once taken for ended, its end and the run that was sent it."""

    alert: HeldAlert
    ended_at: datetime | None = None
    sent_to: str = ""


class Memory(msgspec.Struct, frozen=True):
    """The run of Alertmanager that was last seen, by its start; what it held, and what it no longer knows."""

    started: str = ""
    held: dict[str, HeldAlert] = {}
    missing: dict[str, Missing] = {}


def look(memory: Memory, started: str, held: Iterable[HeldAlert]) -> tuple[Memory, list[HeldAlert]]:
    """Return what is known after a look at Alertmanager, and alerts whose beginning it must be sent again.

    An alert that fires again at once is the same incident: it goes on since when it began.
    """
    missing = dict(memory.missing)
    if memory.started not in ("", started):
        missing |= {key: Missing(alert=alert) for key, alert in memory.held.items()}
    now_held = {alert.fingerprint: alert for alert in held}
    again = [
        _since(now_held[key], one.alert.starts_at) for key, one in missing.items() if _is_later(now_held, key, one)
    ]
    now_held |= {alert.fingerprint: alert for alert in again}
    missing = {key: one for key, one in missing.items() if key not in now_held}
    return Memory(started=started, held=now_held, missing=missing), again


def end(memory: Memory, now: datetime) -> tuple[Memory, list[HeldAlert]]:
    """Take what is missing for ended; return what is known then, and the ended alerts that this run was not sent."""
    kept = {key: one for key, one in memory.missing.items() if not _is_over(one, now)}
    ended = {key: msgspec.structs.replace(one, ended_at=one.ended_at or now) for key, one in kept.items()}
    unsent = [
        msgspec.structs.replace(one.alert, ends_at=one.ended_at or now)
        for one in ended.values()
        if one.sent_to != memory.started
    ]
    sent = {key: msgspec.structs.replace(one, sent_to=memory.started) for key, one in ended.items()}
    return msgspec.structs.replace(memory, missing=sent), unsent


def is_same(one: Memory, other: Memory) -> bool:
    """Whether they differ in nothing that must outlive the process: ends move with every evaluation."""
    return _kept(one) == _kept(other)


def _kept(memory: Memory) -> tuple[str, Mapping[str, datetime], Mapping[str, Missing]]:
    return memory.started, {key: alert.starts_at for key, alert in memory.held.items()}, memory.missing


def _is_later(held: Mapping[str, HeldAlert], key: str, missing: Missing) -> bool:
    """Whether an alert is there again that had not ended, with a later beginning."""
    return key in held and missing.ended_at is None and held[key].starts_at > missing.alert.starts_at


def _since(alert: HeldAlert, starts_at: datetime) -> HeldAlert:
    # Alertmanager merges what overlaps: an end before its own keeps its own.
    return msgspec.structs.replace(alert, starts_at=starts_at, ends_at=alert.ends_at - timedelta(seconds=1))


def _is_over(missing: Missing, now: datetime) -> bool:
    return missing.ended_at is not None and (now - missing.ended_at).total_seconds() > _KEPT_SECONDS
