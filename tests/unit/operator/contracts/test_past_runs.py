"""Runs of the past as Loki has them, page by page."""

import json

import httpx
import pytest
from tests.support.facts import NOW, NOW_NS, make_context
from tests.support.runs import make_trace

from watchkeeper.engines import past_lines
from watchkeeper.errors import WatchkeeperError
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.operator.contracts import past_runs
from watchkeeper.operator.contracts.past_runs import PastRuns

DAY_NS = 86_400 * 10**9


def line(agent: str, *tools: str) -> str:
    """A run's line as the exporter writes it."""
    lines: list[bytes] = []
    sink = LogSink(lines.append, LabelAdmission({}, lambda _label, _service: None))
    sink.take(make_trace(*tools, context=make_context(agent=agent)), NOW)
    return lines[0].decode()


class Loki:
    """Answers as Loki does, with its limit, the newest first; the end of a query is not part of it."""

    def __init__(self, *entries: tuple[int, str]) -> None:
        self.entries = entries
        self.queries: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One page."""
        asked = request.url.params
        self.queries.append(asked["query"])
        wanted = asked["query"].partition("|= ")[2]
        fitting = [
            (time, text)
            for time, text in sorted(self.entries, reverse=True)
            if int(asked["start"]) <= time < int(asked["end"]) and (not wanted or json.loads(wanted) in text)
        ]
        values = [[str(time), text] for time, text in fitting[: int(asked["limit"])]]
        return httpx.Response(200, json={"data": {"result": [{"values": values[::2]}, {"values": values[1::2]}]}})

    def past(self, days: int = 3) -> PastRuns:
        """The runs of the last days."""
        client = httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://loki")
        return PastRuns(client, NOW_NS - days * DAY_NS, NOW_NS)


def test_all_pages_of_all_days_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run once, the newest first."""
    monkeypatch.setattr(past_lines, "_LINES", 2)
    loki = Loki(*((NOW_NS - hours * DAY_NS // 4 - 1, line("a", f"t{hours}")) for hours in range(20)))

    found = loki.past().of()

    assert [run.tool_runs[0].tool for run in found] == [f"t{hours}" for hours in range(12)]


def test_only_runs_of_the_agent_are_asked_for() -> None:
    """Whatever is in its name; a line that only speaks of it is none."""
    name = 'a "quoted" é'
    loki = Loki((NOW_NS - 1, line(name)), (NOW_NS - 2, line("b")), (NOW_NS - 3, line(name + "x")))

    (run,) = loki.past().of(name)

    assert run.context.agent == name
    assert all(query.startswith('{event="trace_completed"} |= ') for query in loki.queries)


def test_there_is_an_end_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of very many runs say enough."""
    monkeypatch.setattr(past_runs, "MOST_RUNS", 3)
    loki = Loki(*((NOW_NS - place - 1, line("a")) for place in range(9)))

    assert len(loki.past().of()) == 3


def test_what_is_no_run_is_counted() -> None:
    """Lines of an older exporter."""
    past = Loki((NOW_NS - 1, "{}"), (NOW_NS - 2, line("a"))).past()

    assert (len(past.of()), past.unread) == (1, 1)


def test_a_loki_that_does_not_answer_is_a_sentence() -> None:
    """Neither a traceback nor no runs."""

    def refuse(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, text="too many\n")

    def vanish(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone", request=request)

    for transport, sentence in (
        (refuse, "Loki at .* refuses .*: 429 too"),
        (vanish, "Loki at .* does not answer: gone"),
    ):
        client = httpx.Client(transport=httpx.MockTransport(transport), base_url="http://loki")
        with pytest.raises(WatchkeeperError, match=sentence):
            PastRuns(client, 0, DAY_NS).of()
