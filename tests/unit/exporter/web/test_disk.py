"""The disk under our state, as gauges."""

import shutil
from pathlib import Path

from tests.support.exporter import run_exporter


def test_the_disk_of_the_state_is_reported(tmp_path: Path) -> None:
    """Size and free bytes as the system says them."""
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(tmp_path)}) as exporter:
        size, free = exporter.value("watchkeeper_disk_size_bytes"), exporter.value("watchkeeper_disk_free_bytes")

    assert size == shutil.disk_usage(tmp_path).total
    assert 0 < free < size


def test_a_disk_that_does_not_answer_has_no_sample(tmp_path: Path) -> None:
    """Nothing known is not nothing free."""
    state = tmp_path / "state"
    state.mkdir()
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(state)}) as exporter:
        assert exporter.samples("watchkeeper_disk_free_bytes")
        shutil.rmtree(state)
        assert not exporter.samples("watchkeeper_disk_free_bytes")
        state.mkdir()


def test_without_state_there_is_no_disk_to_report() -> None:
    """Nothing is claimed about a disk that is no one's."""
    with run_exporter() as exporter:
        assert not exporter.samples("watchkeeper_disk_size_bytes")
