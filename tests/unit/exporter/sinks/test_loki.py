import json
import re
import threading
from collections import Counter
from typing import Any

import httpx
import pytest
from tests.e2e.support.waiting import eventually
from tests.support.documents import ROOT

from watchkeeper.engines.push import LABELS, METADATA, push_request
from watchkeeper.exporter.sinks import loki
from watchkeeper.exporter.sinks.loki import LokiLines

LINE = {
    "timestamp": "2026-11-21T16:00:00.123456789Z",
    "level": "info",
    "event": "llm_call_completed",
    "service": "chat",
    "trace_id": "ab",
    "input_tokens": 7,
}


class FakeLoki:
    """Answers pushes with the statuses it was reported, the last one forever, and keeps what it took."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.tries = 0
        self.taken: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one push; status 0 is a connection that fails."""
        self.tries += 1
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise httpx.ConnectError("refused", request=request)
        if status == httpx.codes.NO_CONTENT:
            self.taken += json.loads(request.content)["streams"]
        return httpx.Response(status)

    def lines(self) -> list[dict[str, Any]]:
        """Every line that was taken, in order."""
        return [json.loads(value[1]) for stream in self.taken for value in stream["values"]]


class Fates:
    """Counts lines by what became of them."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def pushed(self, count: int, /) -> None:
        """Lines are in Loki."""
        self.count["pushed"] += count

    def lost(self, reason: str, count: int, /) -> None:
        """Lines will never be there."""
        self.count[reason] += count


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waiting take milliseconds."""
    for name in ("_FIRST_DELAY_SECONDS", "_MAX_DELAY_SECONDS", "_PAUSE_SECONDS"):
        monkeypatch.setattr(loki, name, 0.01)


@pytest.fixture
def fates() -> Fates:
    """What became of the lines of a test."""
    return Fates()


def lines_to(server: FakeLoki, fates: Fates) -> LokiLines:
    """What pushes to a server of the test."""
    return LokiLines("http://loki", client=httpx.Client(transport=httpx.MockTransport(server)), meter=fates)


def made(number: int) -> bytes:
    """A line with a number to know it by."""
    return json.dumps(LINE | {"number": number}).encode()


def test_a_line_becomes_a_stream_with_metadata_and_all_its_nanoseconds() -> None:
    """Few labels, ids beside the line, the line itself unchanged; what a line does not say is left out."""
    line = json.dumps(LINE).encode()

    [stream] = json.loads(push_request([line]))["streams"]

    assert stream["stream"] == {"service": "chat", "event": "llm_call_completed", "level": "info"}
    assert stream["values"] == [["1795276800123456789", line.decode(), {"trace_id": "ab"}]]


def test_lines_of_one_stream_share_it() -> None:
    """Services do not mix, and lines keep their order."""
    lines = [json.dumps(LINE | {"service": name, "number": n}).encode() for n, name in enumerate("aba")]

    streams = json.loads(push_request(lines))["streams"]

    assert [(s["stream"]["service"], len(s["values"])) for s in streams] == [("a", 2), ("b", 1)]


def test_labels_and_metadata_are_those_of_promtail() -> None:
    """Whoever brings the lines, the same queries find them."""
    promtail = (ROOT / "promtail" / "promtail.yml").read_text(encoding="utf-8")
    labels = re.search(r"&labels\n +labels: \{(.*)\}", promtail)
    metadata = re.search(r"structured_metadata:\n((?: +\w+: \"\"\n)+)", promtail)

    assert labels
    assert metadata
    assert tuple(re.findall(r"(\w+):", labels[1])) == LABELS
    assert tuple(re.findall(r"(\w+):", metadata[1])) == METADATA


def test_lines_arrive_once_and_in_order(fates: Fates) -> None:
    """Thousands of lines in many pushes."""
    server = FakeLoki(204)
    lines = lines_to(server, fates)

    for n in range(5000):
        lines.write(made(n))
    eventually("all are pushed", lambda: fates.count["pushed"] == 5000)
    lines.close()

    assert [line["number"] for line in server.lines()] == list(range(5000))
    assert fates.count == {"pushed": 5000}


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_a_loki_that_is_away_gets_the_lines_later(fates: Fates, status: int) -> None:
    """Nothing is lost and nothing is twice."""
    server = FakeLoki(status, status, status, 204)
    lines = lines_to(server, fates)

    lines.write(made(1))
    eventually("it is pushed", lambda: fates.count["pushed"])
    lines.close()

    assert [line["number"] for line in server.lines()] == [1]
    assert server.tries == 4


def test_what_loki_refuses_is_counted_and_does_not_hold_up_the_rest(fates: Fates) -> None:
    """A line that will never be taken is not tried again."""
    server = FakeLoki(400, 204)
    lines = lines_to(server, fates)

    lines.write(made(1))
    eventually("it is refused", lambda: fates.count["refused"])
    lines.write(made(2))
    lines.close()

    assert fates.count == {"refused": 1, "pushed": 1}


def test_closing_does_not_wait_for_a_loki_that_is_away(fates: Fates) -> None:
    """Each waiting batch gets one more try, and what is lost is counted."""
    lines = lines_to(FakeLoki(503), fates)

    for n in range(3):
        lines.write(made(n))
    lines.close()

    assert fates.count == {"shutdown": 3}


def test_long_lines_are_pushed_in_pieces(fates: Fates) -> None:
    """Loki takes a few megabytes at once and no more."""
    server = FakeLoki(204)
    sizes: list[int] = []
    monitored = threading.Lock()

    def measured(request: httpx.Request) -> httpx.Response:
        with monitored:
            sizes.append(len(request.content))
        return server(request)

    lines = LokiLines("http://loki", client=httpx.Client(transport=httpx.MockTransport(measured)), meter=fates)
    for n in range(200):
        lines.write(json.dumps(LINE | {"number": n, "text": "x" * 15_000}).encode())
    lines.close()

    assert [line["number"] for line in server.lines()] == list(range(200))
    assert max(sizes) < 1.2 * 1024 * 1024
