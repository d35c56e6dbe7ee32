"""Reading the logs as a person does."""

from pathlib import Path

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.tail import Follower, choose_logs, labelled, last_lines


def test_all_logs_or_the_named_one(tmp_path: Path) -> None:
    """A component's name chooses its log; no name chooses all."""
    for name in ("exporter.log", "loki.log", "loki.log.1"):
        (tmp_path / name).touch()

    assert [path.name for path in choose_logs(tmp_path, None)] == ["exporter.log", "loki.log"]
    assert [path.name for path in choose_logs(tmp_path, "loki")] == ["loki.log"]


def test_an_unknown_component_lists_the_known(tmp_path: Path) -> None:
    """A typing error is answered with the names there are."""
    (tmp_path / "exporter.log").touch()

    with pytest.raises(EngineError, match="There is no log of lokki; there are: exporter"):
        choose_logs(tmp_path, "lokki")


def test_no_logs_yet(tmp_path: Path) -> None:
    """Before the first start the sentence says what to do."""
    with pytest.raises(EngineError, match="start the bundle first"):
        choose_logs(tmp_path, None)


def test_last_lines(tmp_path: Path) -> None:
    """Only the end of a long log is shown."""
    log = tmp_path / "a.log"
    log.write_text("".join(f"{number}\n" for number in range(100)))

    assert last_lines(log, 2) == ["98", "99"]


def test_new_lines_across_a_rotation(tmp_path: Path) -> None:
    """Half a line is waited for; a rotated file is read on from its successor."""
    log = tmp_path / "a.log"
    log.write_text("old\n")
    follower = Follower.at_end(log)

    with log.open("a") as file:
        file.write("one\ntw")
    first = follower.new_lines()
    with log.open("a") as file:
        file.write("o\n")
    second = follower.new_lines()
    log.replace(tmp_path / "a.log.1")
    log.write_text("three\n")

    assert (first, second, follower.new_lines()) == (["one"], ["two"], ["three"])


def test_labels_line_up() -> None:
    """Each line begins with its component, as in Docker Compose."""
    assert list(labelled(Path("loki.log"), ["x"], 8)) == ["loki     | x"]
