from watchkeeper.watch.repeats import Repeats


def test_the_second_time_is_a_repeat() -> None:
    """A key is new once."""
    repeats = Repeats(10)

    assert [repeats.is_repeat(key) for key in ("a", "b", "a", "a")] == [False, False, True, True]


def test_no_key_is_never_a_repeat() -> None:
    """What cannot be told apart is never taken for the same."""
    repeats = Repeats(10)

    assert [repeats.is_repeat("") for _ in range(3)] == [False] * 3


def test_the_oldest_is_forgotten_and_counted() -> None:
    """Memory is bounded, and what it cost is known."""
    repeats = Repeats(2)
    for key in ("a", "b", "c"):
        repeats.is_repeat(key)

    assert (repeats.knows("a"), repeats.knows("b"), repeats.knows("c")) == (False, True, True)
    assert repeats.forgotten == 1


def test_a_repeat_renews_the_memory() -> None:
    """A key that keeps coming is not the oldest."""
    repeats = Repeats(2)
    for key in ("a", "b", "a", "c"):
        repeats.is_repeat(key)

    assert repeats.knows("a")
    assert not repeats.knows("b")


def test_asking_changes_nothing() -> None:
    """To ask whether a key is known does not make it known."""
    repeats = Repeats(2)

    assert not repeats.knows("a")
    assert not repeats.is_repeat("a")


def test_long_keys_take_no_more_room_than_short_ones() -> None:
    """A long key is told apart by all of its text, of which nothing is kept."""
    repeats = Repeats(10)
    key = "k" * 100_000

    assert [repeats.is_repeat(key + "a"), repeats.is_repeat(key + "b"), repeats.is_repeat(key + "a")] == [0, 0, 1]
    assert repeats.knows(key + "b")
    assert sum(map(len, repeats._seen)) < 200
