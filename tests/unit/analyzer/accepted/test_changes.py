"""Changes that people accepted outlive the process, whatever happens to the file."""

import threading
from pathlib import Path

import pytest

from watchkeeper.analyzer.accepted.change import AcceptedChange, accepted_since
from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.errors import StateError

NOW = 1_795_248_000.0
DAY = 86_400.0


def test_they_outlive_the_process(tmp_path: Path) -> None:
    """And so does that one was taken back."""
    file = tmp_path / "state" / "accepted.json"
    first = AcceptedChanges(file)
    first.accept(AcceptedChange("bot", "*", NOW))
    first.accept(AcceptedChange("bot", "score/faithful", NOW + 1))
    assert first.undo("bot", "*")

    assert AcceptedChanges(file).entries() == (AcceptedChange("bot", "score/faithful", NOW + 1),)
    assert not AcceptedChanges(file).undo("bot", "*")


def test_a_later_one_of_the_same_series_takes_the_place_of_the_earlier() -> None:
    """What is older than any reference reaches is forgotten at the next one."""
    changes = AcceptedChanges()
    changes.accept(AcceptedChange("old", "*", NOW - 91 * DAY))
    changes.accept(AcceptedChange("bot", "*", NOW - DAY))
    changes.accept(AcceptedChange("bot", "*", NOW))

    assert changes.entries() == (AcceptedChange("bot", "*", NOW),)
    assert not changes.is_kept


@pytest.mark.parametrize("content", [b"", b"[{", b'{"service": 1}', b"\xff\xfe", b'[{"service": "a"}]'])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """It starts without any, and keeps what comes."""
    file = tmp_path / "accepted.json"
    file.write_bytes(content)

    changes = AcceptedChanges(file)
    changes.accept(AcceptedChange("bot", "*", NOW))

    assert AcceptedChanges(file).entries() == (AcceptedChange("bot", "*", NOW),)
    assert (tmp_path / "accepted.json.damaged").read_bytes() == content


def test_what_cannot_be_kept_is_not_accepted(tmp_path: Path) -> None:
    """As on a disk that is full."""
    (tmp_path / "state").write_text("no folder")
    changes = AcceptedChanges(tmp_path / "state" / "accepted.json")

    with pytest.raises(StateError, match=r"accepted\.json: "):
        changes.accept(AcceptedChange("bot", "*", NOW))

    assert changes.entries() == ()


def test_there_are_not_more_than_a_thousand() -> None:
    """One of the same series still takes the place of the earlier."""
    changes = AcceptedChanges()
    for number in range(1000):
        changes.accept(AcceptedChange(f"s{number}", "*", NOW))

    with pytest.raises(StateError, match="1000 changes are accepted already"):
        changes.accept(AcceptedChange("more", "*", NOW))
    changes.accept(AcceptedChange("s1", "*", NOW + 1))

    assert len(changes.entries()) == 1000


def test_two_at_once_are_both_kept(tmp_path: Path) -> None:
    """Neither overwrites the other."""
    changes = AcceptedChanges(tmp_path / "accepted.json")

    def accept(number: int) -> None:
        changes.accept(AcceptedChange(f"s{number}", "*", NOW))

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.service for one in AcceptedChanges(tmp_path / "accepted.json").entries()} == {f"s{n}" for n in range(8)}


@pytest.mark.parametrize(
    ("feature", "series", "is_found"),
    [
        ("*", "score/faithful/judge", True),
        ("score", "score/faithful/judge", True),
        ("score/faithful", "score/faithful/judge", True),
        ("score/faithful/judge", "score/faithful/judge", True),
        ("scor", "score/faithful/judge", False),
        ("score/faith", "score/faithful/judge", False),
        ("score/*", "score/faithful/judge", False),
    ],
)
def test_which_series_one_is_about(feature: str, series: str, *, is_found: bool) -> None:
    """One by its name, or all whose names begin with it; of that service alone, and since the last."""
    changes = (AcceptedChange("bot", feature, NOW), AcceptedChange("bot", feature, NOW + 5))

    assert accepted_since(changes, "bot", series) == (NOW + 5 if is_found else None)
    assert accepted_since(changes, "bo", series) is None
