"""What is tried of many errors is bounded, and in time it is all of them."""

from tests.mutation.share import share


def test_few_are_tried_all() -> None:
    """Whatever the number of the commit."""
    assert share("abc", 3, 5) == ["a", "b", "c"]


def test_of_many_some_from_all_over_are_tried() -> None:
    """No more than asked for."""
    assert share("abcdefg", 3, 0) == ["a", "d", "g"]


def test_one_commit_after_the_other_all_are_tried() -> None:
    """Nothing is left out for good."""
    tried = [one for number in range(3) for one in share("abcdefg", 3, number)]

    assert sorted(tried) == list("abcdefg")


def test_of_nothing_there_is_nothing() -> None:
    """No rule has changed."""
    assert share("", 3, 1) == []
