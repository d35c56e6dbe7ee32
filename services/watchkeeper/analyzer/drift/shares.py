"""Counts as shares, without zeros where a logarithm is taken of them."""

from watchkeeper.analyzer.drift.histogram import Counts

# Half a value of the smaller sample, as in Jeffreys' prior of a multinomial. A fixed share in the place of 0, as 1e-4,
# makes one bin that is empty by chance in a small sample count more than all others together.
_PSEUDO_COUNT = 0.5


def shares(counts: Counts) -> tuple[float, ...]:
    """The share of each bin; all are 0 where nothing was counted."""
    total = sum(counts)
    return tuple(count / total if total else 0.0 for count in counts)


def smoothed(reference: Counts, current: Counts) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The shares of both, none of them 0: every bin has as much more in one as in the other. Neither is empty."""
    more = _PSEUDO_COUNT / min(sum(reference), sum(current))
    whole = 1 + more * len(reference)
    first, second = (tuple((share + more) / whole for share in shares(counts)) for counts in (reference, current))
    return first, second
