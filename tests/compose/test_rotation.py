"""Docker's log files stay bounded, and what a rotation costs while Promtail is away is what operations.md says."""

import json
from pathlib import Path

import pytest
from tests.compose.bundle import ComposeBundle
from tests.compose.calls import JSON, expect_counted, send_calls
from tests.compose.commands import log
from tests.e2e.support.receivers import Receivers
from tests.e2e.support.waiting import eventually

SERVICE = "rotated"
KEPT_BYTES = 3 * 10_000_000
# A line of these calls takes more than 1200 bytes in Docker's file, so these fill it more than once over.
CALLS = 35_000
BATCH = 1000


@pytest.fixture(autouse=True)
def _with_secrets(receivers: Receivers) -> None:
    """Let the bundle have receivers, as a real one does."""
    assert receivers


def test_files_stay_bounded_and_only_the_oldest_lines_are_lost(bundle: ComposeBundle) -> None:
    """More is logged than Docker keeps while Promtail is away: the newest lines arrive, and no number is touched."""
    bundle.stop("promtail")
    call = {
        "type": "llm_call",
        "service": SERVICE,
        "provider": "openai",
        "model": "gpt-4o-mini",
        "session_id": "x" * 300,
    }
    for number in range(CALLS // BATCH):
        batch = [call | {"trace_id": f"{number:032x}"}] * BATCH
        assert bundle.post("/v1/events", json.dumps(batch).encode(), JSON).is_success
    expect_counted(bundle, SERVICE, CALLS)

    size = _bytes_of_log_files(bundle, "exporter")
    log.info("Docker keeps %.1f MB of the exporter's lines", size / 1e6)
    bundle.start("promtail")
    send_calls(bundle, SERVICE, 5)

    eventually("the newest lines are in Loki", lambda: _lines(bundle, f'{{service="{SERVICE}"}} | session_id=""') == 5)
    kept = eventually("older ones too", lambda: _lines(bundle, f'{{service="{SERVICE}"}}'))
    assert size <= KEPT_BYTES + 1_000_000
    assert kept < CALLS
    expect_counted(bundle, SERVICE, CALLS + 5)


def _bytes_of_log_files(bundle: ComposeBundle, service: str) -> int:
    """What Docker's files of a service take on this machine's disk."""
    path = Path(bundle.inspect(service, "{{.LogPath}}"))
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _lines(bundle: ComposeBundle, selected: str) -> int:
    """How many lines Loki has; a list of them would end at its limit."""
    query = {"query": f"sum(count_over_time({selected}[30m]))"}
    answer = bundle.client.get(bundle.url("loki", "/loki/api/v1/query"), params=query).json()
    return int(sum(float(series["value"][1]) for series in answer["data"]["result"]))
