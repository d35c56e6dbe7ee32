"""Lines of the month's conversations: like those of the demo, at times and with ids of their own."""

from collections import defaultdict
from typing import Any

import msgspec
import pytest

from watchkeeper.demo.season import season
from watchkeeper.engines.push import push_request
from watchkeeper.model.timestamps import nanoseconds, rfc3339
from watchkeeper.operator.history.lines import DAY_SECONDS
from watchkeeper.operator.history.month import DAY_MINUTES, Month
from watchkeeper.operator.history.samples import Samples, read_samples
from watchkeeper.operator.history.talks import Line, apart, talked

# A Monday at midnight.
UNTIL = 1_756_684_800
MONTH = Month(until=UNTIL, minutes=30 * DAY_MINUTES, per_second={"demo-support": 2.0, "demo-shop": 1.0}, season=season)
# The day before the last, and the one of the incident: 12.4 days before the end.
DAY, INCIDENT = UNTIL - 2 * DAY_SECONDS, UNTIL - 13 * DAY_SECONDS


@pytest.fixture(scope="module")
def samples() -> Samples:
    """What the demo's exporter logged."""
    return read_samples()


def day_of(samples: Samples, since: int) -> list[Line]:
    """The lines of a day."""
    return [line for _, line in apart(talked(MONTH, samples, since, since + DAY_SECONDS))]


def by_trace(lines: list[Line]) -> dict[str, list[Line]]:
    """The lines of each trace."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line["trace_id"]].append(line)
    return found


def test_both_services_have_whole_conversations_in_both_scenarios(samples: Samples) -> None:
    """Each ends with the line of its trace, and belongs to one service."""
    for talks in (samples.steady, samples.outage):
        assert {talk[0].fields["service"] for talk in talks} == set(MONTH.per_second)
        for talk in talks:
            assert [line.fields["event"] for line in talk].count("trace_completed") == 1
            assert len({(line.fields["service"], line.fields["trace_id"]) for line in talk}) == 1


def test_a_few_conversations_an_hour_have_lines_in_order_of_time_and_none_twice(samples: Samples) -> None:
    """Of each service about four in each of 24 hours."""
    lines = day_of(samples, DAY)
    times = [nanoseconds(line["timestamp"]) for line in lines]

    assert 110 < len(by_trace(lines)) < 270
    assert times == sorted(set(times))
    assert all(abs(nanoseconds(line["happened_at"]) - at) < 60e9 for line, at in zip(lines, times, strict=True))


def test_ids_are_new_and_belong_together(samples: Samples) -> None:
    """A trace has as many lines and spans as its conversation, and no other day has its ids."""
    known = {len(talk) for talk in samples.steady}
    lines, others = day_of(samples, DAY), day_of(samples, DAY - DAY_SECONDS)

    assert {len(trace) for trace in by_trace(lines).values()} <= known
    assert not by_trace(lines).keys() & by_trace(others).keys()
    assert all(len(key) == 32 for key in by_trace(lines))
    assert all(line["session_id"].endswith(rfc3339(DAY * 10**9)[:10]) for line in lines[:50])


def test_the_versions_of_prompts_are_those_of_the_metrics(samples: Samples) -> None:
    """v0.8, then v0.9 from 19 days before the end, then the demo's own from nine days before it."""
    for days_ago, version in ((25, "v0.8"), (12, "v0.9"), (2, "v1")):
        lines = day_of(samples, UNTIL - days_ago * DAY_SECONDS)
        assert {line["prompt_version"] for line in lines if "prompt_version" in line} == {version}


def test_the_incident_has_more_of_them_and_they_fail(samples: Samples) -> None:
    """Two hours of the day of the outage."""
    lines = day_of(samples, INCIDENT)
    first, last = MONTH.incident
    within = [line for line in lines if first <= nanoseconds(line["timestamp"]) / 1e9 < last]

    failed = [line for line in within if line.get("status") == "error"]
    assert len(by_trace(within)) > 100
    assert len(failed) > len(within) / 2


def test_the_same_month_has_the_same_lines(samples: Samples) -> None:
    """A second try gives what the first one did."""
    assert day_of(samples, DAY) == day_of(samples, DAY)


def test_loki_takes_them_as_it_takes_the_exporters(samples: Samples) -> None:
    """With its labels and its structured metadata."""
    [line, *_] = day_of(samples, DAY)

    body: Any = msgspec.json.decode(push_request([msgspec.json.encode(line)]))

    [stream] = body["streams"]
    assert stream["stream"] == {name: line[name] for name in ("service", "event", "level", "env")}
    assert stream["values"][0][2]["trace_id"] == line["trace_id"]
