"""What the analyzer remembers over a restart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from watchkeeper.analyzer.notes.notes import open_notes
from watchkeeper.errors import StateError


def test_they_outlive_the_process(tmp_path: Path) -> None:
    """A file is made where there is none; a text is replaced, and others are left alone."""
    url = f"sqlite:///{tmp_path}/below/state.sqlite"
    notes = open_notes(url)
    notes.write("spend", "day", "1")
    notes.write("spend", "day", "2")
    notes.write("other", "day", "3")

    later = open_notes(url)

    assert (later.read("spend", "day"), later.read("other", "day"), later.read("spend", "x")) == ("2", "3", "")


def test_many_may_begin_at_once(tmp_path: Path) -> None:
    """The targets of a canary do, before there is a file."""
    notes = open_notes(f"sqlite:///{tmp_path}/state.sqlite")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: notes.write("spend", f"{number}", "1"), range(32)))

    assert [notes.read("spend", f"{number}") for number in range(32)] == ["1"] * 32


def test_without_a_database_they_end_with_the_process() -> None:
    """It says so."""
    notes = open_notes("")
    notes.write("spend", "day", "1")

    assert (notes.read("spend", "day"), notes.is_kept, open_notes("").read("spend", "day")) == ("1", False, "")


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """What was in it is learnt again."""
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"no database" * 1000)
    notes = open_notes(f"sqlite:///{file}")

    notes.write("spend", "day", "1")

    assert notes.read("spend", "day") == "1"
    assert (tmp_path / "state.sqlite.damaged").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """Whatever needs the note fails, instead of going on with half of it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StateError, match="sqlite"):
        open_notes(f"sqlite:///{tmp_path}/file/state.sqlite").write("a", "b", "c")
