"""Which names a record has is found once for each set of keys, and forgotten before it takes much memory."""

from typing import NamedTuple

from watchkeeper.exporter.normalise.present import Present


class Names(NamedTuple):
    """Two groups, of which one name is in both."""

    input: tuple[str, ...]
    any: tuple[str, ...]


def make() -> Present[Names]:
    """The names of two concepts."""
    return Present(Names(input=("a", "b", "c"), any=("c", "d")), Names._make)


def test_the_names_that_are_there_in_the_order_in_which_they_count() -> None:
    """Whatever order the record has them in, and whatever else it has."""
    assert make().of({"x": 1, "c": 0, "a": None}) == Names(input=("a", "c"), any=("c",))
    assert make().of({}) == Names(input=(), any=())


def test_records_with_other_keys_are_not_mixed_up() -> None:
    """Nor is one that has fewer of them."""
    present = make()

    found = [present.of(dict.fromkeys(keys, 1)) for keys in ("ab", "a", "ab", "ba")]

    assert [names.input for names in found] == [("a", "b"), ("a",), ("a", "b"), ("a", "b")]


def test_invented_keys_take_bounded_memory() -> None:
    """So many sets at most, and none of long keys; all of them are answered."""
    present = make()

    for number in range(3000):
        assert present.of({"a": 1, f"made-up-{number}": 1}).input == ("a",)
        assert present.of({"a": 1, f"{number}{'x' * 5000}": 1}).input == ("a",)

    known = present._known  # what is kept is what this is about
    assert 0 < len(known) <= 1024
    assert max(sum(map(len, keys)) for keys in known) <= 4096
