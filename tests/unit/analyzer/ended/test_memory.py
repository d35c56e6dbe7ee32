"""What Alertmanager knew before a restart goes on, or ends; nothing else does."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from watchkeeper.analyzer.ended.memory import Memory, end, is_same, look
from watchkeeper.engines.alertmanager import HeldAlert

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ALERT = HeldAlert(
    fingerprint="a1",
    labels={"alertname": "TargetDown"},
    starts_at=NOW - timedelta(hours=2),
    ends_at=NOW + timedelta(minutes=4),
)


@pytest.fixture
def before() -> Memory:
    """One alert is held by the first run of Alertmanager."""
    return look(Memory(), "first", [ALERT])[0]


def test_without_a_restart_nothing_is_missing(before: Memory) -> None:
    """Alertmanager itself has said that an alert is over which it no longer holds."""
    memory, again = look(before, "first", [])

    assert (memory.missing, again) == ({}, [])


def test_the_first_look_of_all_finds_nothing_missing() -> None:
    """No run was seen before it."""
    assert look(Memory(), "first", [ALERT]) == (Memory(started="first", held={"a1": ALERT}), [])


def test_what_a_new_run_does_not_hold_is_missing_until_it_ends(before: Memory) -> None:
    """It ends once, now; it is sent once to each run."""
    memory, _ = look(before, "second", [])
    assert memory.missing.keys() == {"a1"}

    memory, ended = end(memory, NOW)

    assert ended == [msgspec.structs.replace(ALERT, ends_at=NOW)]
    assert end(memory, NOW + timedelta(seconds=15))[1] == []


def test_another_restart_after_the_end_hears_of_it_too(before: Memory) -> None:
    """With the end as it was; after a quarter of an hour no more."""
    memory, _ = end(look(before, "second", [])[0], NOW)
    memory, _ = look(memory, "third", [])

    assert [alert.ends_at for alert in end(memory, NOW + timedelta(minutes=1))[1]] == [NOW]
    assert end(memory, NOW + timedelta(minutes=16)) == (msgspec.structs.replace(memory, missing={}), [])


def test_what_fires_again_goes_on_since_it_began(before: Memory) -> None:
    """Its end is within that of the alert which is held, so that Alertmanager merges both."""
    later = msgspec.structs.replace(ALERT, starts_at=NOW, ends_at=NOW + timedelta(minutes=4))
    missing, _ = look(before, "second", [])

    memory, (again,) = look(missing, "second", [later])

    assert (again.starts_at, again.ends_at) == (ALERT.starts_at, later.ends_at - timedelta(seconds=1))
    assert memory.missing == {}
    assert memory.held["a1"].starts_at == ALERT.starts_at


def test_what_fires_again_after_its_end_is_a_new_incident(before: Memory) -> None:
    """People were notified that the first is over."""
    later = msgspec.structs.replace(ALERT, starts_at=NOW + timedelta(minutes=2))
    memory, _ = end(look(before, "second", [])[0], NOW)

    memory, again = look(memory, "second", [later])

    assert (again, memory.missing, memory.held) == ([], {}, {"a1": later})


def test_an_end_that_moves_with_each_evaluation_is_not_written_down(before: Memory) -> None:
    """Prometheus moves it every minute."""
    moved, _ = look(before, "first", [msgspec.structs.replace(ALERT, ends_at=NOW + timedelta(minutes=5))])

    assert is_same(before, moved)
    assert not is_same(before, look(before, "first", [])[0])
    assert not is_same(before, look(before, "second", [ALERT])[0])
