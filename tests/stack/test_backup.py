"""A backup and its restore on the real engines: what was stored comes back, and goes on."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.e2e.support.waiting import eventually
from tests.stack.box import Box

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_what_was_stored_comes_back(box: Box) -> None:
    """Numbers, lines, a silence, and counters that go on counting, after everything was lost."""
    _edit_scrape_interval(box)
    assert box.run("up").returncode == 0
    _send(box)
    eventually("Prometheus has the call", lambda: _counted(box) == 1.0)
    eventually("Loki has the line", lambda: len(_lines(box)) == 1)
    silence = _silence(box)

    backup = box.run("backup", "--to", "kept")
    assert backup.returncode == 0, backup.stderr
    (folder,) = (box.project / "kept").iterdir()
    assert box.run("down").returncode == 0
    shutil.rmtree(box.project / ".watchkeeper")
    restored = box.run("restore", str(folder))

    assert restored.returncode == 0, restored.stderr
    # The range reaches back before the restore: this is stored data, not a new scrape.
    assert _counted(box, at=time.time() - 20) == 1.0
    assert len(_lines(box)) == 1
    assert silence in box.get("ALERTMANAGER_PORT", "/api/v2/silences").text
    _send(box)
    eventually("the counter goes on where it was", lambda: _counted(box) == 2.0)


def test_a_backup_that_is_not_whole_changes_nothing(box: Box) -> None:
    """A changed byte in one archive is reported before anything is stopped."""
    assert box.run("up").returncode == 0
    before = box.pids
    assert box.run("backup", "--to", "kept").returncode == 0
    after_backup = box.pids
    (folder,) = (box.project / "kept").iterdir()
    archive = folder / "loki.tar"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")

    restored = box.run("restore", str(folder))

    assert before.keys() == after_backup.keys()
    assert restored.returncode == 2
    assert "loki.tar: must be as it was written, got other bytes" in restored.stderr
    assert box.pids == after_backup


@pytest.mark.parametrize("name", ["kept", "nowhere"])
def test_a_folder_that_is_no_backup_is_reported(box: Box, name: str) -> None:
    """Half a backup has no backup.json."""
    (box.project / "kept").mkdir()

    restored = box.run("restore", str(Path(name)))

    assert restored.returncode == 2
    assert f"{name}: must be a backup, got no backup.json" in restored.stderr


def _edit_scrape_interval(box: Box) -> None:
    """Scrapes that come often make a short test."""
    config = box.project / "prometheus" / "prometheus.yml"
    text = config.read_text().replace("scrape_interval: 15s", "scrape_interval: 2s")
    config.write_text(text.replace("scrape_timeout: 10s", "scrape_timeout: 2s"))


def _send(box: Box) -> None:
    event = {"type": "llm_call", "service": "kept", "model": "gpt-4o-mini", "trace_id": TRACE, "input_tokens": 5}
    answer = box.post("EXPORTER_PORT", "/v1/events", json=[{**event, "span_id": f"{time.time_ns():016x}"[:16]}])
    assert answer.status_code == 200, answer.text


def _counted(box: Box, *, at: float | None = None) -> float:
    params = {"query": 'sum(llm_requests_total{service="kept"})', **({"time": str(at)} if at else {})}
    found = box.get("PROMETHEUS_PORT", "/api/v1/query", params=params).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


def _lines(box: Box) -> list[str]:
    params = {"query": f'{{event="llm_call_completed"}} | trace_id="{TRACE}"', "since": "1h"}
    found = box.get("LOKI_PORT", "/loki/api/v1/query_range", params=params).json()["data"]["result"]
    return [line for stream in found for _, line in stream["values"]]


def _silence(box: Box) -> str:
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "service", "value": "kept", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "kept over a restore",
    }
    answer = box.post("ALERTMANAGER_PORT", "/api/v2/silences", json=silence)
    return str(answer.json()["silenceID"])
