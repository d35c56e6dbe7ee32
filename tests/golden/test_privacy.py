"""Secrets planted in real payloads of every dialect: where they may be found, for each mode of capture."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.exporter import ExporterInTest, run_exporter
from tests.support.golden import PAYLOADS
from tests.support.planted import PLANTED, SECRETS, SENTENCE, USER, found_in, planted_request

LIBRARIES = sorted(folder.name for folder in PAYLOADS.iterdir() if folder.is_dir() and folder.name != "native")
# They send nothing of what is said: coding agents, and clients and servers of MCP.
SILENT = ("claude-code", "codex", "gemini-cli", "qwen-code", "copilot", "fastmcp")
TALKATIVE = [library for library in LIBRARIES if not library.startswith(SILENT)]
MAX_LINE = 16 * 1024


class Outputs(msgspec.Struct):
    """All that an exporter reports: replies, metrics, its page and its log lines."""

    replies: str
    metrics: str
    page: str
    lines: list[dict[str, Any]]

    @property
    def said(self) -> str:
        """The captured texts, as they are on the lines."""
        return "\n".join(line.get("input", "") + line.get("output", "") for line in self.lines)

    @property
    def everything(self) -> str:
        """All of it as text."""
        return "\n".join([self.replies, self.metrics, self.page, *(repr(line) for line in self.lines)])


def outputs_of(library: str, capture: str, folder: Path, inspect: str = "false") -> Outputs:
    """Send every payload of a library, with secrets in it, to an exporter of its own."""
    config = folder / "watchkeeper.yml"
    config.write_text(f"privacy: {{capture: {capture}, inspect: {inspect}}}")
    with run_exporter(config=config) as exporter:
        replies = [send(exporter, payload) for payload in sorted((PAYLOADS / library).glob("*.bin"))]
    # after the stop, because a call that may be reported twice waits for its better story
    page, metrics = exporter.client.get("/").text, exporter.exposition("application/openmetrics-text")
    return Outputs(replies="\n".join(replies), metrics=metrics, page=page, lines=exporter.lines())


def send(exporter: ExporterInTest, payload: Path) -> str:
    """Send one planted payload and return the reply as text."""
    request = planted_request(payload)
    reply = exporter.client.post(request.path, content=request.body, headers=request.headers)
    assert reply.status_code == 200
    return reply.content.decode("utf-8", "replace")


def facts(reported: Outputs) -> list[dict[str, Any]]:
    """The lines that are not the exporter's own, without what was seen in texts that were looked at."""
    lines = [line for line in reported.lines if line["service"] != "watchkeeper"]
    return [line for line in lines if line["event"] != "silent_failure_detected"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_that_was_said_is_reported_by_default(library: str, tmp_path: Path) -> None:
    """Without a choice no prompt, output, secret or user is in a metric, a line, a reply or on the page."""
    reported = outputs_of(library, "metadata", tmp_path)

    assert facts(reported)
    assert found_in(reported.everything) == []
    assert not any({"input", "output", "capture"} & line.keys() for line in reported.lines)


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_of_what_was_looked_at_is_reported(library: str, tmp_path: Path) -> None:
    """Answers that are inspected leave lengths and names, and as many facts as without."""
    reported = outputs_of(library, "metadata", tmp_path, inspect="true")

    assert found_in(reported.everything) == []
    assert not any({"input", "output", "capture"} & line.keys() for line in reported.lines)
    assert len(facts(reported)) == len(facts(outputs_of(library, "metadata", tmp_path)))


@pytest.mark.parametrize("library", TALKATIVE)
def test_what_was_said_is_reported_without_secrets_when_redacted(library: str, tmp_path: Path) -> None:
    """The redacted text is on lines that say so, and no secret is anywhere."""
    reported = outputs_of(library, "redacted", tmp_path)

    assert f"{SENTENCE}: [email], [card], [api_key], [phone]" in reported.said
    assert [secret for secret in SECRETS if secret in reported.everything] == []
    assert {line["capture"] for line in reported.lines if "input" in line or "output" in line} == {"redacted"}


@pytest.mark.parametrize("library", TALKATIVE)
def test_everything_that_was_said_is_reported_in_full(library: str, tmp_path: Path) -> None:
    """The whole text is on lines that say so, and nowhere else."""
    reported = outputs_of(library, "full", tmp_path)

    assert PLANTED in reported.said
    assert found_in(reported.metrics + reported.page + reported.replies) == []
    assert {line["capture"] for line in reported.lines if "input" in line or "output" in line} == {"full"}


@pytest.mark.parametrize("capture", ["metadata", "redacted", "full"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_capture_changes_no_count(library: str, capture: str, tmp_path: Path) -> None:
    """Lines stay under 16 KiB, and report as many facts as without content."""
    reported = outputs_of(library, capture, tmp_path)

    assert all(len(msgspec.json.encode(line)) < MAX_LINE for line in reported.lines)
    assert len(facts(reported)) == len(facts(outputs_of(library, "metadata", tmp_path)))


def test_failures_quote_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record, a sink and a route that fail with content in their error report only where and how."""

    def fail(*_: object) -> None:
        raise ValueError(PLANTED)

    event = {"type": "llm_call", "service": "shop", "model": "gpt-4o"}
    with run_exporter() as exporter:
        with monkeypatch.context() as patch:
            patch.setattr("watchkeeper.exporter.readers.events.read_event", fail)
            replies = [exporter.client.post("/v1/events", json=[event]).text]
        with monkeypatch.context() as patch:
            patch.setattr("watchkeeper.exporter.sinks.logs.LogSink.take", fail)
            replies.append(exporter.client.post("/v1/events", json=[event]).text)
        with monkeypatch.context() as patch:
            patch.setattr("watchkeeper.exporter.ingest.intake.decode_events", fail)
            replies.append(exporter.client.post("/v1/events", json=[event]).text)
        replies.append(exporter.exposition())

    # Lines are complete once the exporter has stopped.
    reported = "\n".join([*replies, *(repr(line) for line in exporter.lines())])
    assert {"record_failed", "sink_failed", "http_request_failed"} <= {line["event"] for line in exporter.lines()}
    assert "ValueError at " in reported
    assert found_in(reported) == []


WORDS = [
    {"type": "score", "name": "verdict", "value": PLANTED},
    {"type": "branch_decision", "node": "router", "branch": PLANTED, "condition": PLANTED, "value": PLANTED},
    {"type": "llm_call", "model": "gpt-4o", "status": "error", "error_type": PLANTED, "metadata": {"said": PLANTED}},
    {"type": "tool_call", "tool": "search", "status": "error", "error_type": PLANTED, "user_id": USER},
    {"type": "llm_call", "model": "gpt-4o", "prompt_text": PLANTED},
]


@pytest.mark.parametrize("capture", ["metadata", "redacted", "full"])
@pytest.mark.parametrize("event", WORDS, ids=lambda event: f"{event['type']} with {', '.join(list(event)[1:])}")
def test_words_of_native_events_hold_no_secrets(event: dict[str, str], capture: str, tmp_path: Path) -> None:
    """Categories, branches and classes of errors are reported without secrets, and unknown fields not at all."""
    config = tmp_path / "watchkeeper.yml"
    config.write_text(f"privacy: {{capture: {capture}}}")
    with run_exporter(config=config) as exporter:
        reply = exporter.client.post("/v1/events", json=[event]).text
        shown = [exporter.exposition(), exporter.client.get("/").text]
    reported = "\n".join([reply, *shown, *(repr(line) for line in exporter.lines())])

    assert [planted for planted in found_in(reported) if planted != SENTENCE] == []


def test_an_alerts_summary_holds_no_secrets() -> None:
    """What an alert's author lets Prometheus fill in is reported without secrets."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "Odd", "severity": "low"},
        "annotations": {"summary": PLANTED},
        "startsAt": "2026-11-21T08:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "0123456789abcdef",
    }
    with run_exporter() as exporter:
        exporter.client.post("/v1/alerts", json={"version": "4", "alerts": [alert]})

    (line,) = exporter.lines("alert_fired")
    assert line["summary"] == f"{SENTENCE}: [email], [card], [api_key], [phone]."
