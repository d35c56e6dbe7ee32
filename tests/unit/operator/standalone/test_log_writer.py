"""The bounded log: nothing is lost, nothing grows forever."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.operator.standalone import log_writer
from watchkeeper.operator.standalone.log_writer import BoundedLog


def test_lines_go_on_in_a_new_file(tmp_path: Path) -> None:
    """At its limit the file is renamed after a whole line, and the next line begins a new one."""
    path = tmp_path / "a.log"
    log = BoundedLog(path, 10)

    log.write(b"12345\n")
    log.write(b"678\n9")
    log.close()

    assert (tmp_path / "a.log.1").read_bytes() == b"12345\n678\n"
    assert path.read_bytes() == b"9"


def test_an_existing_log_is_continued(tmp_path: Path) -> None:
    """A restart does not cut what Promtail may still have to read, and its size counts."""
    path = tmp_path / "a.log"
    path.write_bytes(b"before\n")
    log = BoundedLog(path, 10)

    log.write(b"after\n")
    log.close()

    assert (tmp_path / "a.log.1").read_bytes() == b"before\nafter\n"
    assert path.read_bytes() == b""


def test_a_line_longer_than_the_limit_is_kept_whole(tmp_path: Path) -> None:
    """Rotation waits for the line's end: half a JSON line is worth nothing."""
    path = tmp_path / "a.log"
    log = BoundedLog(path, 4)

    log.write(b"123456")
    log.write(b"78\nnext")
    log.close()

    assert (tmp_path / "a.log.1").read_bytes() == b"12345678\n"
    assert path.read_bytes() == b"next"


def test_another_file_is_begun_where_that_is_asked_for(tmp_path: Path) -> None:
    """Once the last line is whole; who asked sees the file go that asks."""
    path, asked = tmp_path / "a.log", tmp_path / "a.log.begin"
    log = BoundedLog(path, 100)
    asked.touch()

    log.write(b"one\nhalf")
    log.begin_another()
    waits = asked.exists()
    log.write(b" of it\n")
    log.begin_another()
    log.close()

    assert waits
    assert not asked.exists()
    assert (tmp_path / "a.log.1").read_bytes() == b"one\nhalf of it\n"
    assert path.read_bytes() == b""


@given(chunks=st.lists(st.binary(max_size=40), max_size=20))
def test_whatever_comes_the_end_is_kept_in_order(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    """Both files together are always the end of what was written."""
    path = tmp_path_factory.mktemp("log") / "a.log"
    log = BoundedLog(path, 30)

    for chunk in chunks:
        log.write(chunk)
    log.close()

    older = path.with_name("a.log.1")
    kept = (older.read_bytes() if older.exists() else b"") + path.read_bytes()
    assert b"".join(chunks).endswith(kept)
    assert kept or not b"".join(chunks)


def test_the_program_copies_until_its_input_ends(tmp_path: Path) -> None:
    """Run beside a process, it leaves by itself when the process does."""
    path = tmp_path / "a.log"

    subprocess.run(
        [sys.executable, "-I", "-S", log_writer.__file__, str(path), "1000"],
        input=b"one\ntwo\n",
        check=True,
        timeout=20,
    )

    assert path.read_bytes() == b"one\ntwo\n"
