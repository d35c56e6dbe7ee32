"""The journal: what is written is read again, whatever became of its end, and it never grows without bound."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.exporter.state import journal as journals
from watchkeeper.exporter.state.journal import Damaged, Entry, Journal, files, read

BODIES = (b"", b"a", b"\x00" * 1000)


def written(folder: Path) -> Path:
    """A file with three requests and a tick between them."""
    journal = Journal(folder)
    journal.begin(1)
    for number, body in enumerate(BODIES):
        with journal.request("traces json", body, "acme" if number else ""):
            journal.tick(number)
    ((_, file),) = files(folder)
    return file


def requests_of(file: Path) -> list[bytes]:
    """The bodies that can be read."""
    return [entry.body for entry in read(file) if isinstance(entry, Entry) and not entry.is_tick]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Kind, tenant, body and time, in their order; and the times at which waiting calls were released."""
    entries = [entry for entry in read(written(tmp_path)) if isinstance(entry, Entry)]

    assert [entry.body for entry in entries if not entry.is_tick] == list(BODIES)
    assert [entry.tenant for entry in entries if not entry.is_tick] == ["", "acme", "acme"]
    assert {entry.kind for entry in entries if not entry.is_tick} == {"traces json"}
    assert [entry.received_ns for entry in entries if entry.is_tick] == [0, 1, 2]
    assert all(entry.received_ns > 10**18 for entry in entries if not entry.is_tick)


def test_wherever_it_ends_what_came_before_is_read(tmp_path: Path) -> None:
    """A process that is killed while it writes loses the request that it had not acknowledged, and says how much."""
    file = written(tmp_path)
    content = file.read_bytes()

    for end in range(len(content)):
        file.write_bytes(content[:end])
        found = list(read(file))
        bodies = [entry.body for entry in found if isinstance(entry, Entry) and not entry.is_tick]
        lost = [entry.size for entry in found if isinstance(entry, Damaged)]
        assert bodies == list(BODIES[: len(bodies)])
        assert sum(lost) <= end


@given(place=st.integers(0, 1200), byte=st.integers(0, 255))
def test_a_damaged_byte_costs_what_follows_and_no_more(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    """No damage is taken for a request."""
    file = written(tmp_path_factory.mktemp("journal"))
    content = bytearray(file.read_bytes())
    content[place % len(content)] ^= byte
    file.write_bytes(bytes(content))

    assert requests_of(file) == list(BODIES[: len(requests_of(file))])


def test_a_full_disk_leaves_no_half_of_a_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters with a part of what came after them would go back: all of it is forgotten, and requests go on."""
    forgotten: list[bool] = []
    journal = Journal(tmp_path, lambda: forgotten.append(True))
    journal.begin(1)

    def full(_file: int, parts: tuple[bytes, ...]) -> int:
        return sum(map(len, parts)) - 1

    monkeypatch.setattr(os, "writev", full)
    with journal.request("events", b"[]", "") as received_ns:
        pass

    assert (received_ns > 0, journal.is_open, files(tmp_path), forgotten) == (True, False, [], [True])


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is worked on keeps it from ending, and not for ever."""
    monkeypatch.setattr(journals, "LIMIT_BYTES", 1000)
    journal = Journal(tmp_path)
    journal.begin(1)

    with journal.request("events", b"x" * 1500, ""):
        is_due_meanwhile = journal.is_due()
    is_due_after = journal.is_due()
    with journal.request("events", b"x" * 1500, ""):
        pass

    assert (is_due_meanwhile, is_due_after, journal.is_open) == (False, True, False)


@pytest.mark.parametrize(("keeps_some", "kept"), [(True, [3, 4, 5, 6, 7]), (False, [])])
def test_files_of_before_are_kept_for_what_was_known(tmp_path: Path, *, keeps_some: bool, kept: list[int]) -> None:
    """The last five, and none after a clean stop."""
    journal = Journal(tmp_path)
    for number in range(1, 9):
        journal.begin(number)

    journal.forget_before(8, keeps_some=keeps_some)

    assert [number for number, _ in files(tmp_path)] == [*kept, 8]


def test_without_a_folder_it_gives_the_time(tmp_path: Path) -> None:
    """Nothing is written, and nothing is ever due."""
    journal = Journal(None)
    journal.begin(1)

    with journal.request("events", b"[]", "") as received_ns:
        journal.tick(1)

    assert (received_ns > 10**18, journal.is_open, journal.is_due(), list(tmp_path.iterdir())) == (
        True,
        False,
        False,
        [],
    )
