"""The cache of engines: whole engines or none, one builder at a time."""

import threading
from pathlib import Path

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import PROMETHEUS, PROMTAIL


def test_a_complete_draft_becomes_the_engine(tmp_path: Path) -> None:
    """All programs written: the folder of the version appears, programs may be run."""
    writer = CacheWriter(folder=tmp_path / "engines")

    with writer.draft(PROMTAIL, "3.6.15") as draft:
        (draft / "promtail").write_text("program")

    program = tmp_path / "engines" / "promtail-3.6.15" / "promtail"
    assert program.stat().st_mode & 0o111


def test_an_incomplete_draft_leaves_nothing(tmp_path: Path) -> None:
    """A failed or interrupted build is never seen by a reader."""
    writer = CacheWriter(folder=tmp_path)

    with writer.draft(PROMETHEUS, "3.13.5") as draft:
        (draft / "prometheus").write_text("program")
    with pytest.raises(KeyboardInterrupt), writer.draft(PROMETHEUS, "3.13.5"):
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


def test_a_broken_folder_is_replaced(tmp_path: Path) -> None:
    """What is a problem, such as an engine without its tool, is removed."""
    (tmp_path / "promtail-3.6.15").mkdir()
    (tmp_path / "promtail-3.6.15" / "rest").touch()

    with CacheWriter(folder=tmp_path).draft(PROMTAIL, "3.6.15") as draft:
        (draft / "promtail").write_text("program")

    assert [path.name for path in (tmp_path / "promtail-3.6.15").iterdir()] == ["promtail"]


def test_the_second_builder_waits(tmp_path: Path) -> None:
    """Two processes do not build the same engine at once, and the second says that it waits."""
    writer = CacheWriter(folder=tmp_path)
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with writer.locked(PROMTAIL, on_wait=waits.set):
            order.append("second")

    with writer.locked(PROMTAIL, on_wait=lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(timeout=10)
        order.append("first")
    thread.join(timeout=10)

    assert order == ["first", "second"]


def test_a_cache_that_cannot_be_written_names_the_fix(tmp_path: Path) -> None:
    """The sentence reports which variable to set."""
    (tmp_path / "file").touch()
    writer = CacheWriter(folder=tmp_path / "file" / "engines")

    with pytest.raises(EngineError, match="name a writable folder in WATCHKEEPER_CACHE"), writer.draft(PROMTAIL, "1"):
        pass
