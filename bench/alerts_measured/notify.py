"""What Alertmanager sends for firing alerts: groups that wait, flush after flush, without what is inhibited."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alerts_measured.rules import Firing

RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}
# group_wait, group_interval and repeat_interval of the routes of alertmanager.yml, in minutes; half a minute is none.
_TIMES = {"critical": (0, 5, 60), "high": (0, 5, 240), "medium": (5, 30, 1440), "low": (30, 120, 2880)}
# `for` of AlertStillFiring, in minutes.
_ESCALATES_AFTER = 30
# Its inhibitions between alerts of one service that has one provider, one tenant and one severity of each alert.
_MUTES = {
    "LLMProviderOutage": {"LLMErrorRateHigh", "LLMRateLimited", "LLMTimeoutsHigh", "LLMLatencyHigh"},
    "LLMErrorRateHigh": {"LLMRateLimited", "LLMTimeoutsHigh", "LLMRetriesHigh", "LLMLatencyUp"},
    "LLMCostSpike": {"LLMCostPerRequestUp", "LLMTokensPerRequestUp", "LLMDailyCostHigh", "LLMSpenderOutOfLine"},
    "LLMTokensPerRequestUp": {"LLMCostPerRequestUp"},
    "LLMLatencyUp": {"LLMLatencyHigh"},
}

_Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notification:
    """One that reports something new: repetitions and resolutions are none."""

    alert: str
    severity: str
    minute: int


def notifications(firings: Sequence[Firing]) -> tuple[Notification, ...]:
    """Everything that the receivers of one service get, in the order of time."""
    groups: dict[tuple[str, str], list[Firing]] = defaultdict(list)
    for one in firings:
        # Each severity has a receiver of its own.
        groups[one.alert, one.severity].append(one)
    sent = (Notification(*group, minute) for group, ones in groups.items() for minute in _minutes(ones, firings))
    return tuple(sorted(sent, key=lambda one: (one.minute, RANK[one.severity])))


def escalations(firings: Sequence[Firing]) -> tuple[Notification, ...]:
    """What AlertStillFiring makes critical, at most: of a cost spike it asks that the last hour is dear as well."""
    of_high = [one for one in firings if one.severity == "high"]
    begun = ((one, _escalates_at(one, firings)) for one in of_high)
    sent = [(one, now) for one, now in begun if now is not None and not _is_inhibited(one, now, firings)]
    return tuple(Notification(one.alert, "critical", now) for one, now in sorted(sent, key=lambda pair: pair[1]))


def _escalates_at(one: Firing, every: Iterable[Firing]) -> int | None:
    """The minute at which it has fired for half an hour, without a critical alert of the same name and labels."""
    critical = [
        (other.begins, other.ends)
        for other in every
        if other.severity == "critical" and (other.alert, _labels(other)) == (one.alert, _labels(one))
    ]
    since = one.begins
    for begins, ends in sorted(critical):
        if begins - since > _ESCALATES_AFTER:
            break
        since = max(since, ends + 1)
    return since + _ESCALATES_AFTER if since + _ESCALATES_AFTER <= one.ends else None


@dataclass(slots=True)
class _Reported:
    """What the receiver of a group was last notified of as firing, and when: Alertmanager's notification log."""

    labels: frozenset[_Labels] = frozenset()
    minute: int = -1

    def is_new(self, firing: Sequence[Firing], now: int, repeats: int) -> bool:
        """Whether a flush reports something new; a repetition does if it is of something that began since."""
        if not {_labels(one) for one in firing} <= self.labels:
            return True
        return now - self.minute >= repeats and any(one.begins > self.minute for one in firing)

    def update(self, firing: Sequence[Firing], now: int) -> None:
        """Remember a notification."""
        self.labels, self.minute = frozenset(_labels(one) for one in firing), now


def _minutes(group: Sequence[Firing], every: Sequence[Firing]) -> Iterator[int]:
    """The flushes of a group that report something new.

    Source: Alertmanager's dispatch.go and notify.go. A group lasts from its first alert to the first flush at which all
    have resolved; what is inhibited at a flush is left out of it, and while all is, nothing is reported, not
    even that something has resolved.
    """
    waits, interval, repeats = _TIMES[group[0].severity]
    left = sorted(group, key=lambda one: one.begins)
    reported = _Reported()
    while left:
        now = left[0].begins + waits
        while begun := [one for one in left if one.begins <= now]:
            heard = [one for one in begun if not _is_inhibited(one, now, every)]
            firing = [one for one in heard if one.ends >= now]
            if reported.is_new(firing, now, repeats):
                yield now
                reported.update(firing, now)
            elif {_labels(one) for one in heard if one.ends < now} & reported.labels:
                reported.update(firing, now)
            left = [one for one in left if one.ends >= now]
            now += interval


def _labels(one: Firing) -> _Labels:
    return tuple(sorted(one.labels.items()))


def _is_inhibited(one: Firing, now: int, others: Iterable[Firing]) -> bool:
    return any(other.begins <= now <= other.ends and _inhibits(other, one) for other in others)


def _inhibits(other: Firing, one: Firing) -> bool:
    if one.alert in _MUTES.get(other.alert, ()):
        return True
    is_same = other.alert == one.alert and other.labels.get("service") == one.labels.get("service")
    return is_same and RANK[other.severity] < RANK[one.severity]
