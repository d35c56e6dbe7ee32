"""Blocks of a history: those of the snapshot, each given whole."""

from pathlib import Path

import httpx
import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.history.past import blocks_of, give_blocks, make_blocks
from watchkeeper.operator.history.store import Store


def store(answer: httpx.Response) -> Store:
    """A Prometheus that answers the request for a snapshot so."""
    return Store("http://prometheus", httpx.Client(transport=httpx.MockTransport(lambda _: answer)), pid=1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a Prometheus with a snapshot of two blocks."""
    for name in ("01A", "01B"):
        block = tmp_path / "data" / "snapshots" / "now" / name
        block.mkdir(parents=True)
        (block / "meta.json").write_text("{}")
    (tmp_path / "data" / "snapshots" / "now" / "chunks_head").mkdir()
    return tmp_path / "data"


def test_every_block_of_the_snapshot_is_copied(data: Path, tmp_path: Path) -> None:
    """And nothing else of it."""
    folder = make_blocks(store(httpx.Response(200, json={"data": {"name": "now"}})), data)

    give_blocks(blocks_of(folder), folder, tmp_path / "to")

    assert sorted(blocks_of(folder)) == ["01A", "01B"]
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["01A", "01B"]


def test_a_prometheus_that_makes_no_snapshot_is_reported(data: Path) -> None:
    """With what it says."""
    with pytest.raises(EngineError, match="makes no snapshot: the disk is full"):
        make_blocks(store(httpx.Response(500, text="the disk is full")), data)
