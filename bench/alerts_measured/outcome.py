"""What people get: messages out of firing alerts, and how long after a fault the first of them comes."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from docs.reference.measured_figures import Found, Measured, Message

from alerts_measured.faults import FAULTS, Planted
from alerts_measured.notify import escalations, notifications
from alerts_measured.rules import Firing
from alerts_measured.shapes import Array, Service


def is_of(firing: Firing, service: Service) -> bool:
    """Whether an alert is about a service, its tenant or its provider."""
    labels = firing.labels
    return service.name in {
        labels.get("service", "").removesuffix("-renamed"),
        labels.get("tenant", "").removeprefix("tenant-"),
        labels.get("provider", "").removeprefix("provider-"),
    }


def messages(firings: Sequence[Firing]) -> tuple[Message, ...]:
    """What people are told of a service."""
    return tuple(Message(one.alert, one.severity, one.minute) for one in notifications(firings))


def escalated(firings: Sequence[Firing]) -> tuple[Message, ...]:
    """What they are told of again after half an hour, as critical."""
    return tuple(Message(one.alert, one.severity, one.minute) for one in escalations(firings))


def found(planted: Planted, firings: Sequence[Firing], calls: Array) -> Found:
    """The first message about a fault while it lasts, and every message until an hour after its end."""
    heard = messages([one for one in firings if planted.begins <= one.begins < planted.ends + 60])
    about = [one.minute for one in heard if one.alert in planted.fault.finds and one.minute < planted.ends]
    reported = min(about, default=None)
    ended = [
        one.ends - planted.ends
        for one in firings
        if one.alert in planted.fault.finds and one.begins < planted.ends and one.ends >= planted.begins
    ]
    return Found(
        fault=planted.fault.title,
        delay=None if reported is None else reported - planted.begins,
        calls=None if reported is None else int(calls[reported] - calls[planted.begins]),
        messages=tuple(f"{one.alert} ({one.severity})" for one in heard),
        resolved=None if reported is None else max(ended, default=None),
    )


def with_others(new: Measured, old: Measured, measured: Collection[str]) -> Measured:
    """Add what alerts that were not measured again did on the same traffic; simulation and rules gave the same."""
    return msgspec.structs.replace(
        new,
        messages=_merged(new.messages, old.messages, measured),
        found=tuple(_with_other(*pair, measured) for pair in zip(new.found, old.found, strict=True)),
        escalations=None if old.escalations is None else _merged(new.escalations or (), old.escalations, measured),
    )


def _merged(new: Iterable[Message], old: Iterable[Message], measured: Collection[str]) -> tuple[Message, ...]:
    return tuple(sorted((*new, *(one for one in old if one.alert not in measured)), key=_minute))


def _minute(message: Message) -> int:
    return message.minute


def _with_other(new: Found, old: Found, measured: Collection[str]) -> Found:
    others = tuple(message for message in old.messages if message.partition(" ")[0] not in measured)
    # Each kind of fault is about alerts of which all or none were measured again.
    kept = (
        new
        if new.delay is not None or not others
        else msgspec.structs.replace(new, delay=old.delay, calls=old.calls, resolved=old.resolved)
    )
    is_other = not any(fault.title == new.fault and fault.finds & set(measured) for fault in FAULTS)
    return msgspec.structs.replace(kept if is_other else new, messages=(*new.messages, *others))
