"""Asking Loki for the lines of a trace: as little as finds it, bounded, and what is no answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.support.trace_lines import TRACE, agent_run

from watchkeeper.engines.trace_lines import Sought, TraceLines, is_id
from watchkeeper.errors import EngineError

NOW = 2_000_000_000.0
HOUR = 3600.0
Answer = Callable[[httpx.Request], httpx.Response]


def asked(answer: Answer, back_days: int = 7, **sought: str) -> Any:
    """What is found of a trace."""
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        lines = TraceLines(client, "http://loki", 1.0)
        return lines.of(Sought(**{"label": "trace_id", "value": TRACE, **sought}), NOW, 5, back_days)


def stored(*ages: float) -> Answer:
    """A Loki with the first lines of a run, of so many seconds ago each."""
    return loki(list(zip(ages, agent_run(), strict=False)))


def loki(lines: list[tuple[float, dict[str, Any]]]) -> Answer:
    """A Loki with these lines, and how many seconds ago they were."""
    entries = [(NOW - age, json.dumps(one)) for age, one in lines]

    def answer(request: httpx.Request) -> httpx.Response:
        asked_for = request.url.params
        if request.url.path.endswith("/query"):
            return httpx.Response(200, json={"data": {"result": [{"value": [0, str(len(entries))]}]}})
        found = [
            [f"{at * 1e9:.0f}", text]
            for at, text in sorted(entries)
            if int(asked_for["start"]) <= at * 1e9 <= int(asked_for["end"])
        ]
        chosen = found if asked_for["direction"] == "forward" else found[::-1]
        values = chosen[: int(asked_for["limit"])]
        return httpx.Response(200, json={"data": {"result": [{"stream": {}, "values": values}]}})

    return answer


@pytest.mark.parametrize(
    ("ages", "count"),
    [
        ((10, 5), 2),
        ((7 * HOUR, 10), 2),
        ((6 * 24 * HOUR,), 1),
        ((30 * 24 * HOUR,), 0),
        ((11.9 * HOUR, 11.8 * HOUR, 12.5 * HOUR), 3),
        ((), 0),
    ],
    ids=["now", "began before the last hours", "a week ago", "a month ago", "at the edge of the first search", "none"],
)
def test_a_trace_is_found_whole(ages: tuple[float, ...], count: int) -> None:
    """Wherever in the month it is, and where a window cuts it."""
    found = asked(stored(*ages))

    assert (len(found.lines), found.left_out) == (count, 0)


def test_a_month_is_searched_where_that_is_asked() -> None:
    """It takes Loki longer."""
    assert len(asked(stored(30 * 24 * HOUR), back_days=31).lines) == 1


def test_a_score_of_today_does_not_hide_a_trace_of_last_week() -> None:
    """What took time is looked for until it is found."""
    run = agent_run()
    lines = [(6 * 24 * HOUR, run[0]), (60.0, run[7])]

    assert [line.event for line in asked(loki(lines)).lines] == ["llm_call_completed", "score_recorded"]


def test_more_lines_than_are_read_are_counted() -> None:
    """The first ones, those of its end, and how many are missing."""
    found = asked(stored(*range(100, 90, -1)))

    assert found.left_out == 0
    assert len(found.lines) == 10  # the end, asked for by itself, has all that this Loki has


def test_a_tenant_sees_no_line_of_another() -> None:
    """Loki is asked for the tenant's alone, and whatever it answers, no other is shown."""
    queries = []

    def answer(request: httpx.Request) -> httpx.Response:
        queries.append(request.url.params["query"])
        return stored(10, 5)(request)

    assert len(asked(answer, tenant="acme").lines) == 2
    assert not asked(answer, tenant='b"} or {a="c').lines
    assert queries[0].endswith(f'| trace_id="{TRACE}" | tenant="acme"')
    assert queries[-1].endswith('| tenant="b\\"} or {a=\\"c"')


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"data": []}',
        b'{"data": {"result": [1]}}',
        b'{"data": {"result": [{"values": [["soon", "x"]]}]}}',
        b'{"data": {"result": [{"values": [[1, 2, 3]]}]}}',
    ],
    ids=repr,
)
def test_nonsense_is_a_sentence(body: bytes) -> None:
    """Whatever answers at Loki's address."""
    with pytest.raises(EngineError, match="Loki"):
        asked(lambda _: httpx.Response(200, content=body))


def test_a_loki_that_is_away_or_slow_is_a_sentence() -> None:
    """With its address."""

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out", request=request)

    with pytest.raises(EngineError, match="Loki at http://loki does not answer: timed out"):
        asked(slow)


@pytest.mark.parametrize(
    ("text", "is_one"), [(TRACE, True), ("<b>", True), ("", False), ("a\nb", False), ("a" * 257, False)], ids=repr
)
def test_what_an_id_is(text: str, is_one: bool) -> None:
    """Whatever applications send, but visible and not without end."""
    assert is_id(text) is is_one
