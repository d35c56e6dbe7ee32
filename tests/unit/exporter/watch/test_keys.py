"""Keys of different ids differ, whatever the ids are, and are short."""

from itertools import combinations

import pytest

from watchkeeper.exporter.watch.keys import key_of


@pytest.mark.parametrize("length", [4, 200], ids=["short", "long"])
def test_no_two_ids_share_a_key(length: int) -> None:
    """Neither by where one part ends and the next begins, nor by a part that looks like a key."""
    a = "a" * length
    ids = [
        ("", a),
        ("", a, a),
        ("", "", a),
        (a, ""),
        (a, a),
        (a, a, a),
        (a + a, a),
        (a, a + a),
        ("", a + a),
        (a, a, ""),
    ]
    ids += [("", key_of(*id_)) for id_ in ids if key_of(*id_) != id_[1]]
    ids += [("", f"{a}\0\0{a}"), (f"{a}\0{a}", a), (a, f"{a}\0{a}"), (a, f"\0{a}"), (f"{a}\0", a), (a, a, f"\0{a}")]

    same = [
        (one, other)
        for one, other in combinations(dict.fromkeys(map(padded, ids)), 2)
        if key_of(*one) == key_of(*other)
    ]

    assert same == []


def padded(id_: tuple[str, ...]) -> tuple[str, ...]:
    """The id with what it is within, "" where it is in nothing."""
    return (*id_, "")[:3]


def test_a_tenant_does_not_run_into_an_id() -> None:
    """What "acme" says of "2foo" is not what "acme2" says of "foo"."""
    assert key_of("acme", "2foo") != key_of("acme2", "foo")


@pytest.mark.parametrize("long", [("", "x" * 10**6), ("t" * 10**6, "x"), ("t", "x", "w" * 10**6), ("", "\ud800" * 200)])
def test_a_key_is_short(long: tuple[str, ...]) -> None:
    """Memory is bounded in bytes, whatever text comes; the same text has the same key."""
    assert len(key_of(*long)) < 40
    assert key_of(*long) == key_of(*long)


def test_most_ids_are_their_own_keys() -> None:
    """Where no one has a tenant they take no space of their own."""
    id_ = "0123456789abcdef"

    assert key_of("", id_) is id_
