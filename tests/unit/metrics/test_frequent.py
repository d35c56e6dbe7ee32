from watchkeeper.metrics.frequent import Frequent


def test_counts_are_exact_while_there_is_capacity() -> None:
    """Fewer values than counters are simply counted."""
    frequent = Frequent(2)

    assert [frequent.add(value) for value in ("a", "b", "a", "a")] == [1, 1, 2, 3]


def test_a_value_among_many_others_is_noticed() -> None:
    """One in ten of the stream shows through a noise of names that come once each."""
    frequent = Frequent(32)
    counts = []

    for n in range(1_000):
        frequent.add(f"noise-{n}")
        if n % 10 == 0:
            counts.append(frequent.add("busy"))

    assert max(counts) >= 50


def test_noise_never_looks_frequent() -> None:
    """What came once has a count of one at most, and memory is bounded."""
    frequent = Frequent(32)

    counts = {frequent.add(f"noise-{n}") for n in range(10_000)}

    assert counts <= {0, 1}
    assert len(frequent) <= 32


def test_a_forgotten_value_begins_anew() -> None:
    """Its counter is free for another."""
    frequent = Frequent(1)
    frequent.add("a")

    frequent.forget("a")
    frequent.forget("never seen")

    assert frequent.add("b") == 1
