"""What real coding agents sent while a fake provider kept a journal: our sums are the journal's.

Each told a request by events, spans and metrics. `python -m tests.clients.record` wrote the payloads.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.exporter import ExporterInTest, run_exporter

PAYLOADS = Path(__file__).parent / "payloads"
# With the tools that ran.
AGENTS = {
    "claude-code-2.1.328": {"Bash": 1, "Write": 1},
    "codex-0.171.0": {"exec_command": 1},
    "gemini-cli-0.61.0": {"write_file": 1},
    "qwen-code-0.24.4": {"write_file": 1},
    "copilot-cli-1.0.102": {"bash": 2},
    "copilot-chat-rebuilt": {"readFile": 1},
}
# Where a person decided.
REVIEWS = {"copilot-chat-rebuilt": {"approved": 1, "rejected": 1}}


def requests(capture: str) -> list[tuple[str, dict[str, str], bytes]]:
    """Path, headers and body of each, in the order in which they came."""
    files = sorted((PAYLOADS / capture).glob("*.bin"), key=lambda file: int(file.stem))
    heads = [json.loads(file.with_suffix(".headers.json").read_text()) for file in files]
    return [(head["path"], head["headers"], file.read_bytes()) for head, file in zip(heads, files, strict=True)]


def sums(exporter: ExporterInTest) -> dict[str, Any]:
    """As truth.json writes them."""
    tokens = by_label(exporter, "llm_tokens_total", "type")
    return {
        "calls": by_label(exporter, "llm_requests_total", "status"),
        "tokens": {kind: count for kind, count in tokens.items() if count},
        "dollars": pytest.approx(exporter.value("llm_cost_dollars_total")),
    }


def by_label(exporter: ExporterInTest, name: str, label: str) -> dict[str, float]:
    """A metric's sums by one label."""
    values = {sample.labels[label] for sample in exporter.samples(name)}
    return {value: exporter.value(name, **{label: value}) for value in values}


@pytest.mark.parametrize("capture", AGENTS)
@pytest.mark.parametrize(("order", "times"), [(1, 1), (-1, 2)], ids=["as it came", "the other way round, and again"])
def test_the_sums_are_those_of_the_journal(capture: str, order: int, times: int) -> None:
    """Calls by status, tokens by type, dollars and tools; where no person was, no one let a tool run."""
    expected = json.loads((PAYLOADS / capture / "truth.json").read_text())

    with run_exporter() as exporter:
        for path, headers, body in requests(capture)[::order] * times:
            assert exporter.client.post(path, content=body, headers=headers).status_code == 200

    assert sums(exporter) == expected
    assert by_label(exporter, "llm_tool_calls_total", "tool") == AGENTS[capture]
    assert by_label(exporter, "llm_human_reviews_total", "outcome") == REVIEWS.get(capture, {})
    assert exporter.value("llm_coding_agent_requests_total") == sum(expected["calls"].values())


@pytest.mark.parametrize(
    ("capture", "produced"),
    [("claude-code-2.1.328", (2, 3, 1)), ("codex-0.171.0", (1, 0, 0))],
    ids=["Claude Code", "Codex, which reports threads alone"],
)
def test_what_only_their_metrics_report(capture: str, produced: tuple[int, int, int]) -> None:
    """Sessions, added lines and commits, also where each request comes twice; the lines sum up to the metrics."""
    with run_exporter() as exporter:
        for path, headers, body in requests(capture) * 2:
            exporter.client.post(path, content=body, headers=headers)

    names = ("llm_coding_agent_sessions_total", "llm_coding_agent_lines_total", "llm_coding_agent_commits_total")
    assert tuple(exporter.value(name) for name in names) == produced
    lines = exporter.lines("coding_agent_activity_recorded")
    amounts = ("sessions", "lines_added", "commits")
    assert tuple(sum(line.get(name, 0) for line in lines) for name in amounts) == produced
