from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.repeats import RecentTimestamps, Repeats


def test_the_second_time_is_a_repeat() -> None:
    """A key is new once."""
    repeats = Repeats(10)

    assert [repeats.is_repeat(key) for key in ("a", "b", "a", "a")] == [False, False, True, True]


def test_no_key_is_never_a_repeat() -> None:
    """What cannot be distinguished is never taken for the same."""
    repeats = Repeats(10)

    assert [repeats.is_repeat("") for _ in range(3)] == [False] * 3


def test_the_oldest_are_forgotten_and_counted() -> None:
    """Memory is bounded, half of it is never lost at once, and what it cost is known."""
    repeats = Repeats(6)
    sizes = set()
    for key in "abcdefghi":
        repeats.is_repeat(key)
        sizes.add(len(repeats))

    assert [key for key in "abcdefghi" if repeats.knows(key)] == ["g", "h", "i"]
    assert repeats.forgotten == 6
    assert max(sizes) < 6


def test_a_repeat_renews_the_memory() -> None:
    """A key that keeps coming is not the oldest."""
    repeats = Repeats(6)
    for key in ("a", "b", "c", "a", "d", "e"):
        repeats.is_repeat(key)

    assert repeats.knows("a")
    assert not repeats.knows("b")
    assert repeats.forgotten == 2


def test_asking_changes_nothing() -> None:
    """To ask whether a key is known does not make it known."""
    repeats = Repeats(2)

    assert not repeats.knows("a")
    assert not repeats.is_repeat("a")


def test_long_keys_take_no_more_room_than_short_ones() -> None:
    """A long key is distinguished by all of its text, of which nothing is kept."""
    repeats = Repeats(10)
    a, b = (key_of("", "k" * 100_000 + end) for end in "ab")

    assert [repeats.is_repeat(a), repeats.is_repeat(b), repeats.is_repeat(a)] == [0, 0, 1]
    assert repeats.knows(b)
    assert sum(map(len, repeats._young | repeats._old)) < 200


def test_the_earliest_timestamp_is_remembered() -> None:
    """Whatever comes later under the same key; no key has a moment when it is empty."""
    timestamps = RecentTimestamps(10)
    for key, time_ns in (("a", 5), ("a", 3), ("a", 9), ("", 1)):
        timestamps.note(key, time_ns)

    assert (timestamps.of("a"), timestamps.of("b"), timestamps.of("")) == (3, None, None)


def test_the_oldest_timestamps_are_forgotten_and_counted() -> None:
    """What is noted again is not the oldest."""
    timestamps = RecentTimestamps(6)
    for number, key in enumerate("abcade"):
        timestamps.note(key, number)

    assert [key for key in "abcde" if timestamps.of(key) is not None] == ["a", "d", "e"]
    assert (timestamps.of("a"), timestamps.forgotten, len(timestamps)) == (0, 2, 3)
