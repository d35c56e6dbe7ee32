"""What the exporter would have logged of a few of the month's conversations. Pure, but for its seed."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from watchkeeper.model.timestamps import rfc3339
from watchkeeper.operator.history.month import MINUTE, Month
from watchkeeper.operator.history.samples import SampleLine, Samples

# Conversations of each service in a usual hour that have lines; in the incident more, for people look at those. A line
# of each of a month's conversations would take gigabytes.
AN_HOUR, AN_HOUR_OF_INCIDENT = 4, 40
_HOUR_SECONDS, _SECOND_NS = 3600, 1_000_000_000
# How an id of its own begins, and how many hexadecimal digits follow.
_IDS = {"trace_id": ("", 32), "span_id": ("", 16), "response_id": ("chatcmpl-", 24)}

Line = dict[str, Any]


def talked(month: Month, samples: Samples, since: int, until: int) -> list[tuple[int, Line]]:
    """The lines of conversations that begin in a span (Unix seconds), with their times in nanoseconds."""
    return list(_lines(month, samples, since, until))


def apart(lines: Iterable[tuple[int, Line]]) -> Iterator[tuple[int, Line]]:
    """The lines in order, no two of the same time: Loki keeps one of two equal lines of one moment."""
    last = 0
    for written, fields in sorted(lines, key=lambda one: one[0]):
        last = max(written, last + 1)
        yield last, fields | {"timestamp": rfc3339(last)}


def _lines(month: Month, samples: Samples, since: int, until: int) -> Iterator[tuple[int, Line]]:
    first, last = month.incident
    for service in sorted(month.per_second):
        random = Random(f"{service} {since}")  # noqa: S311 a simulated past
        for began in _begins(month, random, since, until):
            talks = samples.outage if first <= began < last else samples.steady
            own = [talk for talk in talks if talk[0].fields["service"] == service]
            if own:
                yield from _moved(random.choice(own), round(began * _SECOND_NS), month.version_at(began), random)


def _begins(month: Month, random: Random, since: int, until: int) -> Iterator[float]:
    """When conversations begin, minute by minute."""
    first, last = month.incident
    for minute in range(since, until, MINUTE):
        an_hour = AN_HOUR_OF_INCIDENT if first <= minute < last else AN_HOUR
        if random.random() < an_hour * month.season(minute) * MINUTE / _HOUR_SECONDS:
            yield minute + random.uniform(0, MINUTE)


def _moved(talk: list[SampleLine], began_ns: int, version: str, random: Random) -> Iterator[tuple[int, Line]]:
    """A conversation at another time, with ids of its own; a session is one of its day."""
    renamed: dict[tuple[str, str], str] = {}
    day = rfc3339(began_ns)[: len("2026-01-01")]
    for line in talk:
        written = began_ns + line.written_ns
        fields = {"timestamp": "", "happened_at": rfc3339(began_ns + line.happened_ns), **line.fields}
        for name, (begins, digits) in _IDS.items():
            if name in fields:
                key = name, str(fields[name])
                fields[name] = renamed.setdefault(key, f"{begins}{random.getrandbits(4 * digits):0{digits}x}")
        if "session_id" in fields:
            fields["session_id"] = f"{fields['session_id']}-{day}"
        if version and "prompt_version" in fields:
            fields["prompt_version"] = version
        yield written, fields
