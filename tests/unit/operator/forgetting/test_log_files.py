"""Lines taken out of the exporter's log files, while its writer writes."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.support.waiting import eventually

from watchkeeper.errors import OperationError
from watchkeeper.operator.forgetting import log_files
from watchkeeper.operator.forgetting.log_files import count, take_out
from watchkeeper.operator.standalone import log_writer

ALICE, BOB = ({"user_hash": name, "input": "x"} for name in ("alice", "bob"))


def _is_alice(fields: Mapping[str, Any]) -> bool:
    return fields.get("user_hash") == "alice"


def _lines(*said: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in said)


def test_lines_are_taken_out_of_both_files(tmp_path: Path) -> None:
    """What is no JSON object stays, and so does half a line."""
    log, older = tmp_path / "exporter.log", tmp_path / "exporter.log.1"
    older.write_bytes(_lines(ALICE, BOB, ["alice"]) + b"no JSON\n")
    log.write_bytes(_lines(BOB, ALICE) + b'{"user_hash": "ali')

    counted = count(log, _is_alice)
    taken = take_out(log, _is_alice, is_written=False)

    assert (counted, taken) == (2, 2)
    assert older.read_bytes() == _lines(BOB) + b'{"user_hash": "ali'
    assert sorted(tmp_path.iterdir()) == [older]


def test_files_without_their_lines_are_left_alone(tmp_path: Path) -> None:
    """Promtail has not to begin another one for nothing."""
    log = tmp_path / "exporter.log"
    log.write_bytes(_lines(BOB))
    before = log.stat()

    assert take_out(log, _is_alice, is_written=True) == 0
    assert (log.stat().st_ino, log.read_bytes()) == (before.st_ino, _lines(BOB))


def test_no_files_are_no_lines(tmp_path: Path) -> None:
    """A stack that runs in Docker has none here."""
    assert count(tmp_path / "exporter.log", _is_alice) == take_out(tmp_path / "a.log", _is_alice, is_written=False) == 0


def test_what_an_interrupted_run_left_is_finished(tmp_path: Path) -> None:
    """Killed between two steps, the command leaves a file aside: the next run ends its work."""
    log, aside = tmp_path / "exporter.log", tmp_path / "exporter.log.forgetting"
    aside.write_bytes(_lines(ALICE, BOB))
    (tmp_path / "exporter.log.forgetting.new").write_bytes(b"half of")

    assert count(log, _is_alice) == 1
    assert take_out(log, _is_alice, is_written=False) == 1
    assert (tmp_path / "exporter.log.1").read_bytes() == _lines(BOB)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_the_writer_made_meanwhile_wins(tmp_path: Path) -> None:
    """It would have replaced the older one."""
    older = tmp_path / "exporter.log.1"
    (tmp_path / "exporter.log.forgetting").write_bytes(_lines(ALICE, BOB))
    older.write_bytes(_lines(BOB, BOB))

    take_out(tmp_path / "exporter.log", _is_alice, is_written=False)

    assert older.read_bytes() == _lines(BOB, BOB)


def test_a_writer_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is not touched: what it writes would be lost."""
    monkeypatch.setattr(log_files, "_PATIENCE_SECONDS", 0.0)
    log = tmp_path / "exporter.log"
    log.write_bytes(_lines(ALICE))

    with pytest.raises(OperationError, match="does not begin another file"):
        take_out(log, _is_alice, is_written=True)

    assert log.read_bytes() == _lines(ALICE)
    assert sorted(tmp_path.iterdir()) == [log]


def test_nothing_is_lost_while_the_writer_writes(tmp_path: Path) -> None:
    """It begins another file at a line's end, and the lines that come go on there."""
    log = tmp_path / "exporter.log"
    command = [sys.executable, log_writer.__file__, str(log), "100000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        writer.stdin.write(_lines(ALICE, BOB))
        writer.stdin.flush()
        eventually("both lines are written", lambda: log.exists() and log.read_bytes() == _lines(ALICE, BOB))

        taken = take_out(log, _is_alice, is_written=True)
        writer.stdin.write(_lines({"after": 1}))
        writer.stdin.close()

    assert taken == 1
    assert (tmp_path / "exporter.log.1").read_bytes() == _lines(BOB)
    assert log.read_bytes() == _lines({"after": 1})
