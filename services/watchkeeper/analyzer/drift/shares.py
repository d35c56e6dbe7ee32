"""Counts as shares, without zeros where a logarithm is taken of them."""

from watchkeeper.analyzer.drift.histogram import Counts

# Half a value of the smaller sample, as in Jeffreys' prior of a multinomial. A fixed share in the place of 0, as 1e-4,
# makes one bin that is empty by chance in a small sample count more than all others together.
_PSEUDO_COUNT = 0.5


def shares(counts: Counts) -> tuple[float, ...]:
    """The share of each bin; all are 0 where nothing was counted."""
    total = sum(counts) or 1.0
    return tuple([count / total for count in counts])


def smoothed(reference: Counts, current: Counts) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The shares of both, none of them 0: every bin has as much more in one as in the other. Neither is empty."""
    totals = sum(reference), sum(current)
    more = _PSEUDO_COUNT / min(totals)
    whole = 1 + more * len(reference)
    first, second = (
        tuple([(count / total + more) / whole for count in counts])
        for counts, total in zip((reference, current), totals, strict=True)
    )
    return first, second
