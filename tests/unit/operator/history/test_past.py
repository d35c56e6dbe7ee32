"""Blocks of a history that is stopped while they are copied."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.history.past import take_blocks
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


SNAPSHOT = {"data": {"name": "now"}}


def test_every_block_of_the_snapshot_is_copied(data: Path, tmp_path: Path) -> None:
    """And nothing else of it."""
    taken = take_blocks(store(httpx.Response(200, json=SNAPSHOT)), data, tmp_path / "to")

    assert sorted(taken) == ["01A", "01B"]
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["01A", "01B"]


def test_stopped_in_the_middle_no_block_stays(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before does."""
    (tmp_path / "to" / "01OWN").mkdir(parents=True)
    copied: list[Path] = []
    copytree = shutil.copytree

    def stopped(source: Path, target: Path) -> Any:
        copied.append(source)
        copytree(source, target)
        if len(copied) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copytree", stopped)

    with pytest.raises(KeyboardInterrupt):
        take_blocks(store(httpx.Response(200, json=SNAPSHOT)), data, tmp_path / "to")

    assert [path.name for path in (tmp_path / "to").iterdir()] == ["01OWN"]


def test_a_prometheus_that_makes_no_snapshot_is_reported(data: Path, tmp_path: Path) -> None:
    """With what it says."""
    with pytest.raises(EngineError, match="makes no snapshot: the disk is full"):
        take_blocks(store(httpx.Response(500, text="the disk is full")), data, tmp_path / "to")
