"""Deliveries of webhooks: each once, over a restart, and no more of them than there is place for."""

import pytest

from watchkeeper.exporter.watch.deliveries import Deliveries


def test_what_was_saved_is_known_beside_what_came_since() -> None:
    """In whatever order they come."""
    before = Deliveries()
    assert [before.is_repeat(id_) for id_ in ("a", "b", "a")] == [False, False, True]
    after = Deliveries()
    after.is_repeat("c")

    problems = list(after.resume(before.saved()))

    assert problems == []
    assert [after.is_repeat(id_) for id_ in ("a", "b", "c", "d")] == [True, True, True, False]


def test_they_are_bounded() -> None:
    """Also when what was saved is of a process that remembered more."""
    before = Deliveries(capacity=100)
    for number in range(1000):
        before.is_repeat(str(number))
    after = Deliveries(capacity=10)

    assert list(after.resume(before.saved())) == []

    assert len(after.saved()["webhooks"]) < 10 * 64
    assert before.is_repeat("999")
    assert not before.is_repeat("1")


@pytest.mark.parametrize("saved", [{}, {"webhooks": b""}, {"quotas": b"x"}])
def test_nothing_saved_is_no_problem(saved: dict[str, bytes]) -> None:
    """As at the first start."""
    assert list(Deliveries().resume(saved)) == []
    assert Deliveries().saved() == {}


@pytest.mark.parametrize("saved", [b"x", b"\x91\x05", b"\xdd\xff\xff\xff\xff"])
def test_what_is_damaged_is_a_sentence(saved: bytes) -> None:
    """The exporter goes on without it."""
    (problem,) = Deliveries().resume({"webhooks": saved})

    assert problem.startswith("which webhooks were taken cannot be read: ")
