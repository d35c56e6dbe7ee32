"""Payload in, exposition and log lines out: the whole exporter, as clients and Prometheus see it.

``pytest tests/golden --update-golden`` writes the expected files again.
"""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from tests.support.exporter import ExporterInTest, run_exporter

PAYLOADS = Path(__file__).parent / "payloads"
EXPECTED = Path(__file__).parent / "expected"

OPENAI = "opentelemetry-instrumentation-genai-openai-1.3b0"
OPENAI_V2 = "opentelemetry-instrumentation-openai-v2-2.4b0+experimental"
UTIL = "opentelemetry-util-genai-1.3b0"

# What was observed; limits of alerts are settings.
SHOWN = re.compile(r"llm_(?!alert_threshold)")
# What really happened, from the journal of the server that the applications talked to. Tokens are input, cached
# input, output and reasoning. A status may be reported only by what the client knows.
Truth = tuple[dict[str, int], tuple[int, int, int, int]]
TRUTH: dict[str, Truth] = {
    f"{OPENAI}/chat.1": ({"ok": 1}, (1047, 1024, 7, 0)),
    f"{OPENAI}/stream.1": ({"ok": 1}, (1047, 1024, 7, 0)),
    f"{OPENAI}/errors.3": ({"error": 4, "rate_limited": 2, "timeout": 1}, (0, 0, 0, 0)),
    f"{OPENAI}/agent_json.1": ({"ok": 3}, (3387, 3072, 84, 0)),
    f"{OPENAI}/rag.1": ({"ok": 3}, (1116, 1024, 18, 0)),
    f"{OPENAI}/special.2": ({"ok": 5, "content_filtered": 1}, (5223, 5120, 154, 128)),
    f"{OPENAI_V2}/chat.1": ({"ok": 1}, (1047, 0, 7, 0)),
    f"{UTIL}/handler_agent.1": ({"ok": 3}, (3387, 3072, 84, 0)),
    f"{UTIL}/handler_rag.1": ({"ok": 3}, (1116, 1024, 18, 0)),
    f"{UTIL}/handler_tool_error.1": ({}, (0, 0, 0, 0)),
    "native/events.1": ({"ok": 3, "rate_limited": 1}, (1220, 1024, 91, 0)),
}
# Tool runs by outcome, retrievals, embeddings.
EXTRAS: dict[str, tuple[dict[str, int], int, int]] = {
    f"{OPENAI}/rag.1": ({}, 0, 2),
    f"{UTIL}/handler_agent.1": ({"ok": 2}, 0, 0),
    f"{UTIL}/handler_rag.1": ({}, 1, 2),
    f"{UTIL}/handler_tool_error.1": ({"timeout": 1}, 0, 0),  # the tool raised TimeoutError
    "native/events.1": ({"ok": 1, "timeout": 1}, 1, 0),
}


def post(exporter: ExporterInTest, payload: str) -> None:
    """Send a payload as its client did."""
    request = json.loads((PAYLOADS / f"{payload}.headers.json").read_text())
    body = (PAYLOADS / f"{payload}.bin").read_bytes()
    response = exporter.client.request(request["method"], request["path"], content=body, headers=request["headers"])
    assert response.status_code == 200


def output_of(payload: str) -> tuple[str, str]:
    """The exposition and the log lines that a payload leads to, without what changes from run to run."""
    with run_exporter({"WATCHKEEPER_USER_HASH_KEY": "a fixed key"}) as exporter:
        post(exporter, payload)
    # after the stop, because a call that may be reported twice waits for its better story
    shown = sorted(line for line in exporter.exposition().splitlines() if SHOWN.match(line))
    lines = sorted(
        ({**line, "timestamp": ""} for line in exporter.lines() if line["service"] != "watchkeeper"),
        key=lambda line: (line["happened_at"], line.get("span_id", "")),
    )
    return "\n".join(shown) + "\n", "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize("payload", TRUTH)
def test_what_the_exporter_reports(payload: str, *, is_update: bool) -> None:
    """Metrics and log lines are exactly the expected ones."""
    exposition, lines = output_of(payload)
    files = {EXPECTED / f"{payload}.metrics.txt": exposition, EXPECTED / f"{payload}.lines.jsonl": lines}
    if is_update:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    assert files == {file: file.read_text() for file in files}


@pytest.mark.parametrize("payload", TRUTH)
def test_the_sums_are_what_really_happened(payload: str) -> None:
    """Calls by status, tokens by type, tools, retrievals and embeddings agree with the server's own journal."""
    statuses, (total, cached, output, reasoning) = TRUTH[payload]
    tools, retrievals, embeddings = EXTRAS.get(payload, ({}, 0, 0))

    with run_exporter() as exporter:
        post(exporter, payload)

    assert by_label(exporter, "llm_requests_total", "status") == statuses
    tokens = by_label(exporter, "llm_tokens_total", "type")
    assert [tokens.get(kind, 0) for kind in ("input", "cached_input", "output", "reasoning")] == [
        total,
        cached,
        output,
        reasoning,
    ]
    assert by_label(exporter, "llm_tool_calls_total", "status") == tools
    assert exporter.value("llm_retrievals_total") == retrievals
    assert exporter.value("llm_requests_total", operation="embeddings") == embeddings


def by_label(exporter: ExporterInTest, name: str, label: str) -> dict[str, float]:
    """A metric's sums by one label."""
    values = {sample.labels[label] for sample in exporter.samples(name)}
    return {value: exporter.value(name, **{label: value}) for value in values}


@pytest.mark.parametrize("payload", TRUTH)
def test_the_metric_and_the_lines_report_the_same_dollars(payload: str) -> None:
    """Cost is one number, whichever way one looks at it."""
    with run_exporter() as exporter:
        post(exporter, payload)

    on_lines = sum(Decimal(line["cost_usd"]) for line in exporter.lines() if "cost_usd" in line)
    assert float(on_lines) == pytest.approx(exporter.value("llm_cost_dollars_total"), rel=1e-12)


def test_every_expected_file_has_a_payload() -> None:
    """No file is left over from a payload that is gone."""
    expected = {f"{payload}{suffix}" for payload in TRUTH for suffix in (".metrics.txt", ".lines.jsonl")}

    assert {str(file.relative_to(EXPECTED)) for file in EXPECTED.rglob("*.*") if file.is_file()} == expected
