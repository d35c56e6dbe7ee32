"""`watchkeeper forget` on a real Loki: what one user said is in no answer and in no file; what others said is there."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.support.waiting import ANSWER_SECONDS, eventually
from tests.support.log_stack import LogStack, log_stack
from typer.testing import CliRunner, Result

from watchkeeper.cli import app

PLANTED, OTHERS = "PLANTED-BY-ALICE", "SAID-BY-BOB"
SAID_BY_BOB = [f"{OTHERS} alone", f"{OTHERS} beside"]
TRACE_OF_ALICE, TRACE_OF_BOB = "a" * 32, "b" * 32
# It answers queries in a second of its start, not in ten.
_ANSWERS_AT_ONCE = ("-querier.dns-lookup-period=1s", "-frontend.scheduler-dns-lookup-period=1s")
# As soon as lines come, they are in files, and the write-ahead log keeps none that are.
_WRITES_AT_ONCE = (
    *_ANSWERS_AT_ONCE,
    "-ingester.chunks-idle-period=1s",
    "-ingester.flush-check-period=1s",
    "-ingester.checkpoint-duration=1s",
)
# Loki adds a minute to the time in which a request can be cancelled.
_DELETES_AT_ONCE = (
    "-compactor.delete-request-cancel-period=-1m",
    "-compactor.compaction-interval=1s",
    "-compactor.retention-delete-delay=1s",
)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LogStack]:
    """What captures, and keeps lines."""
    with log_stack(tmp_path / "work", "privacy: {capture: full}\n") as stack:
        stack.start("loki", *_WRITES_AT_ONCE)
        stack.start("exporter")
        stack.start("promtail")
        yield stack


def _run(stack: LogStack, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["forget", "--with", "processes", *arguments], env=stack.environ)


def _attributes(values: dict[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def _span(trace: str, number: int, said: str, **more: str) -> dict[str, object]:
    now = time.time_ns()
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": said}
    times = {"startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now)}
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "name": "chat",
        **times,
        "attributes": _attributes(call | more),
    }


def _send(stack: LogStack) -> None:
    """A call of alice with another that names no one, one of bob, and one of bob's within the trace of alice."""
    spans = [
        _span(TRACE_OF_ALICE, 1, f"{PLANTED} asks", **{"user.id": "alice"}),
        _span(TRACE_OF_ALICE, 2, f"{PLANTED} looked up"),
        _span(TRACE_OF_ALICE, 3, f"{OTHERS} beside", **{"user.id": "bob"}),
        _span(TRACE_OF_BOB, 4, f"{OTHERS} alone", **{"user.id": "bob"}),
    ]
    body = {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": spans}]}]}
    headers = {"Content-Type": "application/json"}
    httpx.post(
        stack.url("exporter", "/v1/traces"),
        content=json.dumps(body),
        headers=headers,
        trust_env=False,
        timeout=ANSWER_SECONDS,
    ).raise_for_status()


def _said(stack: LogStack) -> list[str]:
    """What the lines of calls say in Loki, and the name of any other line of a trace."""
    query = {"query": '{event=~".+"} | trace_id!=""', "start": str(time.time() - 3600), "limit": "100"}
    answer = httpx.get(
        stack.url("loki", "/loki/api/v1/query_range"), params=query, trust_env=False, timeout=ANSWER_SECONDS
    )
    streams = answer.raise_for_status().json()["data"]["result"]
    lines = [json.loads(line) for stream in streams for _, line in stream["values"]]
    return sorted(line.get("input") or line["event"] for line in lines)


def _restart_loki(stack: LogStack, *flags: str) -> None:
    """It makes the index of what it has in files when it stops, and removes files that are marked when it starts."""
    stack.stop("loki")
    stack.start("loki", *flags)


def test_a_forgotten_user_is_in_no_answer_and_in_no_file(stack: LogStack) -> None:
    """Nor is what their traces say without naming anyone, the line of the trace too; all that others said is."""
    _send(stack)
    calls = [f"{PLANTED} asks", f"{PLANTED} looked up", *SAID_BY_BOB]
    eventually("the lines are in Loki", lambda: _said(stack) == [*calls, "trace_completed"])
    eventually("they are in its files", lambda: stack.files_with(PLANTED, "data/loki/chunks"))
    eventually("all of them", lambda: stack.files_with("trace_completed", "data/loki/chunks"))
    eventually("they are in no write-ahead log", lambda: not stack.files_with(PLANTED, "data/loki/wal"))
    _restart_loki(stack, *_WRITES_AT_ONCE, *_DELETES_AT_ONCE)

    counted = _run(stack, "--user", "alice", "--dry-run")
    done = _run(stack, "--user", "alice")

    assert counted.stdout == "Loki: 3 lines.\nLog files: 3 lines.\n", counted.stdout
    assert "Loki: 3 lines being deleted" in done.stdout
    assert "Log files: 3 lines taken out" in done.stdout
    assert not stack.files_with(PLANTED, "logs")
    eventually("Loki has done it", lambda: "nothing to delete" in _run(stack, "--pending").stdout)
    # What a journal has of the last minutes goes when the exporter stops, or ten minutes later; what Loki has in memory
    # of requests and of the index, and files that are marked, when it starts, or five minutes and two hours later.
    stack.stop("exporter")
    _restart_loki(stack, *_WRITES_AT_ONCE, *_DELETES_AT_ONCE)
    eventually("no answer has it", lambda: _said(stack) == SAID_BY_BOB)
    eventually("no file has it", lambda: stack.files_with(PLANTED) == [])
    assert any("chunks" in file for file in stack.files_with(OTHERS))
    assert "logs/exporter.log.1" in stack.files_with(OTHERS)
