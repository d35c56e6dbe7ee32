"""After a crash everything counts as before it: a copy of the state of a running exporter is what a crash leaves."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from tests.support.agent_metrics import CUMULATIVE, DELTA, agent_metrics
from tests.support.crashes import CONFIG, HEADERS, SPANS, batch
from tests.support.exporter import PROTOBUF, ExporterInTest, run_exporter

from watchkeeper.exporter.state import journal as journals
from watchkeeper.exporter.state.journal import files

COUNTED = (
    "llm_requests_total",
    "llm_cost_dollars_total",
    "llm_request_duration_seconds_count",
    "llm_request_duration_seconds_sum",
    "llm_budget_spend_dollars_total",
    "llm_budget_period_spend_dollars",
)


@contextmanager
def started(folder: Path) -> Iterator[ExporterInTest]:
    """An exporter with the state in a folder."""
    config = folder.parent / "watchkeeper.yml"
    config.write_text(CONFIG)
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(folder)}, config) as exporter:
        yield exporter


def send(exporter: ExporterInTest, first: int) -> None:
    """Send calls from a number on."""
    assert exporter.client.post("/v1/traces", content=batch(first), headers=HEADERS).status_code == 200


def send_added(exporter: ExporterInTest, lines: float, began_ns: int, seconds: int, temporality: int) -> None:
    """Send what a session reports of lines that were added, since it began or since it reported last."""
    at_ns = began_ns + seconds * 10**9
    body = agent_metrics(
        {("claude_code.lines_of_code.count", "added"): lines}, temporality=temporality, at=at_ns, start=began_ns
    )
    assert exporter.client.post("/v1/metrics", content=body, headers=PROTOBUF).status_code == 200


def crashed(folder: Path) -> Path:
    """What a crash of the exporter in the folder would leave."""
    return Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-crashed")))


def values(exporter: ExporterInTest) -> dict[str, float]:
    """What is exact after a crash."""
    return {name: exporter.value(name) for name in COUNTED}


@contextmanager
def saved(folder: Path) -> Iterator[None]:
    """Wait until the counters were saved after what is sent meanwhile."""
    deadline, counters = time.monotonic() + 20, folder / "counters.msgpack"
    number, before = files(folder)[-1][0], counters.stat().st_mtime_ns
    yield
    # A journal begins before the counters up to it are written.
    while files(folder)[-1][0] == number or counters.stat().st_mtime_ns == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_acknowledged_counts_again_after_a_crash(tmp_path: Path) -> None:
    """Counters, money, budgets and lines; a crash of the second one changes nothing of it."""
    with started(tmp_path / "a") as first:
        send(first, 0)
        before = values(first)
        left = crashed(tmp_path / "a")
    with started(left) as second:
        after, again = values(second), crashed(left)
        with started(again) as third:
            twice = values(third)

    assert before["llm_requests_total"] == before["llm_budget_period_spend_dollars"] == SPANS
    assert (after, twice) == (before, before)
    lines = {line["span_id"]: line["timestamp"] for line in first.lines("llm_call_completed")}
    assert {line["span_id"]: line["timestamp"] for line in second.lines("llm_call_completed")} == lines
    assert second.lines("crash_recovered")[0]["requests"] == 1


@pytest.mark.parametrize("temporality", [DELTA, CUMULATIVE], ids=["delta", "cumulative"])
@pytest.mark.parametrize("is_saved", [False, True], ids=["in the journal", "in the snapshot"])
def test_what_coding_agents_did_counts_again_after_a_crash(
    temporality: int, is_saved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, though it is sent again; what a session adds after the crash counts as what it added."""
    monkeypatch.setattr(journals, "CHECKPOINT_SECONDS", 0.0 if is_saved else 60.0)
    with started(tmp_path / "a") as first:
        began = time.time_ns()
        with saved(tmp_path / "a") if is_saved else nullcontext():
            send_added(first, 5.0, began, 1, temporality)
        left = crashed(tmp_path / "a")
    with started(left) as second:
        after = second.value("llm_coding_agent_lines_total", type="added")
        send_added(second, 5.0, began, 1, temporality)
        again = second.value("llm_coding_agent_lines_total", type="added")
        send_added(second, 7.0, began, 2, temporality)
        more = second.value("llm_coding_agent_lines_total", type="added")

    assert (after, again) == (5, 5)
    assert more == (12 if temporality == DELTA else 7)
    assert len(second.lines("coding_agent_activity_recorded")) == (1 if is_saved else 2)


def test_what_came_before_the_snapshot_is_known_and_not_counted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Duplicates of it are duplicates still, its lines are not written again, and its creation times stay."""
    monkeypatch.setattr(journals, "CHECKPOINT_SECONDS", 0.0)
    with started(tmp_path / "a") as first:
        with saved(tmp_path / "a"):
            send(first, 0)
        monkeypatch.setattr(journals, "CHECKPOINT_SECONDS", 60.0)
        send(first, SPANS)
        before, left = values(first), crashed(tmp_path / "a")
        births = [line for line in first.exposition("application/openmetrics-text").splitlines() if "_created{" in line]
    with started(left) as second:
        after = values(second)
        send(second, SPANS // 2)
        send(second, 0)
        later = values(second)
        births_after = second.exposition("application/openmetrics-text")

    assert (after, later) == (before, before)
    assert len(second.lines("llm_call_completed")) == SPANS
    assert [birth for birth in births if birth.startswith("llm_") and birth not in births_after] == []


def test_counters_of_the_process_begin_at_zero(tmp_path: Path) -> None:
    """They are of no request that comes again: Prometheus takes them for a new process's."""
    with started(tmp_path / "a") as first:
        send(first, 0)
        left = crashed(tmp_path / "a")
    with started(left) as second:
        taken = second.value("watchkeeper_ingest_requests_total"), second.value("watchkeeper_ingest_records_total")

    assert taken == (0, 0)


def test_a_clean_stop_leaves_no_request_on_disk(tmp_path: Path) -> None:
    """Everything is in the counters, and no prompt of anyone outlives the process."""
    with started(tmp_path / "a") as first:
        send(first, 0)
        before = values(first)
    left = files(tmp_path / "a")
    with started(tmp_path / "a") as second:
        after = values(second)

    assert (left, after) == ([], before)
    assert second.lines("crash_recovered") == second.lines("llm_call_completed") == []


def test_without_a_journal_a_crash_begins_at_zero(tmp_path: Path) -> None:
    """`privacy.journal: false` keeps no request; counters never go back to an old snapshot."""
    (tmp_path / "watchkeeper.yml").write_text("privacy: {journal: false}\n")
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "a")}
    with run_exporter(environ, tmp_path / "watchkeeper.yml") as first:
        send(first, 0)
        left, on_disk = crashed(tmp_path / "a"), files(tmp_path / "a")
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(left)}, tmp_path / "watchkeeper.yml") as second:
        count = second.value("llm_requests_total")

    assert (count, on_disk) == (0, [])


def test_a_damaged_end_costs_what_follows_it(tmp_path: Path) -> None:
    """What came before it counts, and a line says how many bytes are lost."""
    with started(tmp_path / "a") as first:
        send(first, 0)
        send(first, SPANS)
        left = crashed(tmp_path / "a")
    _, file = files(left)[-1]
    content = file.read_bytes()
    file.write_bytes(content[:-10])
    with started(left) as second:
        count = second.value("llm_requests_total")

    assert count == SPANS
    assert second.lines("journal_damaged")[0]["lost_bytes"] > 100


def test_a_journal_of_a_later_version_is_left_out(tmp_path: Path) -> None:
    """Kinds that this one does not know."""
    with started(tmp_path / "a"):
        left = crashed(tmp_path / "a")
    number, _ = files(left)[-1]
    journal = journals.Journal(left)
    journal.begin(number)
    with journal.request("of 2030", b"x", ""):
        pass

    with started(left) as second:
        send(second, 0)
        assert second.value("llm_requests_total") == SPANS


def test_a_request_that_ends_the_process_does_not_do_so_for_ever(tmp_path: Path) -> None:
    """Three starts that did not come to their end: the fourth begins at zero, and says why."""
    with started(tmp_path / "a") as first:
        send(first, 0)
        left = crashed(tmp_path / "a")
    (left / "recovering").write_bytes(b"xxx")

    with started(left) as second:
        count = second.value("llm_requests_total")
        send(second, SPANS)
        again = crashed(left)
    with started(again) as third:
        later = third.value("llm_requests_total")

    assert (count, later) == (0, SPANS)
    assert "ended the process 3 times" in second.lines("state_unused")[0]["problem"]


def calls(exporter: ExporterInTest, *models: str) -> None:
    """Send a call of each model."""
    events = [
        {"type": "llm_call", "service": "crash", "provider": "openai", "model": model, "input_tokens": 1}
        for model in models
    ]
    assert exporter.client.post("/v1/events", json=events).status_code == 200


def by_model(exporter: ExporterInTest) -> list[str]:
    """The calls of each model."""
    return sorted(line for line in exporter.exposition().splitlines() if line.startswith("llm_requests_total{"))


KNOWN = [f"known-{number}" for number in range(16)]
LIMITS = "limits: {label_values: {model: 20}}\n"


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["all is in journals", "first calls are in no journal"])
def test_names_have_the_places_that_they_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_forgotten: bool
) -> None:
    """A name that just earned its place has it, and one that had none takes none."""
    config, environ = tmp_path / "watchkeeper.yml", {"WATCHKEEPER_STATE_DIR": str(tmp_path / "a")}
    config.write_text(LIMITS)
    monkeypatch.setattr(journals, "CHECKPOINT_SECONDS", 0.0)
    with run_exporter(environ, config) as first:
        with saved(tmp_path / "a"):
            calls(first, *KNOWN)
        with saved(tmp_path / "a"):
            calls(first, *["earned"] * 6, *(f"made-up-{number}" for number in range(40)))
        monkeypatch.setattr(journals, "CHECKPOINT_SECONDS", 60.0)
        calls(first, *["earned"] * 6, "made-up-1", *KNOWN)
        before, left = by_model(first), crashed(tmp_path / "a")
    if is_forgotten:
        files(left)[0][1].unlink()
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(left)}, config) as second:
        after = by_model(second)

    assert any('model="earned"' in line for line in before)
    assert after == before
