"""Adding up data points of one metric that became one series: sums and histograms, explicit and exponential.

Each function adds ``other`` to ``point`` and returns whether it could; when not, ``point`` is as it was.
Source: opentelemetry.io/docs/specs/otel/metrics/data-model, "Exponential Histogram" (perfect subsetting).
"""

from collections.abc import Callable
from typing import Any

_INT64 = 2**63
_UINT64_MAX = 2**64 - 1
# A series keeps a few examples of its values, however many were merged into it.
_MAX_EXEMPLARS = 8
# SDKs keep 160 buckets; two histograms far apart would else need all buckets between them.
_MAX_BUCKETS = 320


def add_number(point: Any, other: Any) -> bool:
    """Add a point of a sum."""
    kinds = (point.WhichOneof("value"), other.WhichOneof("value"))
    if None in kinds:
        return False
    total = getattr(point, kinds[0]) + getattr(other, kinds[1])
    if kinds == ("as_int", "as_int") and -_INT64 <= total < _INT64:
        point.as_int = total
    else:
        point.as_double = total
    _add_start_and_exemplars(point, other)
    return True


def add_histogram(point: Any, other: Any) -> bool:
    """Add a point of a histogram with the same bounds."""
    if list(point.explicit_bounds) != list(other.explicit_bounds) or len(point.bucket_counts) != len(
        other.bucket_counts
    ):
        return False
    counts = [_count(one + two) for one, two in zip(point.bucket_counts, other.bucket_counts, strict=True)]
    del point.bucket_counts[:]
    point.bucket_counts.extend(counts)
    _add_summary(point, other)
    return True


def add_exponential(point: Any, other: Any) -> bool:
    """Add a point of an exponential histogram; the coarser of the two scales is the result's."""
    if point.zero_threshold != other.zero_threshold:
        return False
    pairs = ((point.positive, other.positive), (point.negative, other.negative))
    scale = min(point.scale, other.scale)
    while any(_width(one, point.scale - scale, two, other.scale - scale) > _MAX_BUCKETS for one, two in pairs):
        scale -= 1
    for buckets, others in pairs:
        _add_buckets(buckets, point.scale - scale, others, other.scale - scale)
    point.scale = scale
    point.zero_count = _count(point.zero_count + other.zero_count)
    _add_summary(point, other)
    return True


def _width(one: Any, steps: int, two: Any, other_steps: int) -> int:
    """How many buckets both need together when each becomes coarser by so many scales."""
    used = [
        (b.offset >> by, (b.offset + len(b.bucket_counts) - 1) >> by)
        for b, by in ((one, steps), (two, other_steps))
        if b.bucket_counts
    ]
    return max(high for _, high in used) - min(low for low, _ in used) + 1 if used else 0


def _add_buckets(buckets: Any, steps: int, others: Any, other_steps: int) -> None:
    """Add ``others`` to ``buckets``; ``steps`` are how many scales each has to become coarser."""
    counts: dict[int, int] = {}
    for source, by in ((buckets, steps), (others, other_steps)):
        for position, count in enumerate(source.bucket_counts):
            index = (source.offset + position) >> by  # one scale coarser puts two neighbours in one bucket
            counts[index] = _count(counts.get(index, 0) + count)
    del buckets.bucket_counts[:]
    if counts:
        buckets.offset = min(counts)
        buckets.bucket_counts.extend(counts.get(index, 0) for index in range(min(counts), max(counts) + 1))


def _add_summary(point: Any, other: Any) -> None:
    """Count, sum, least and greatest; what only one of the two reports would be wrong for both."""
    for field, combine in (("sum", _plus), ("min", min), ("max", max)):
        if point.HasField(field) and other.HasField(field):
            setattr(point, field, combine(getattr(point, field), getattr(other, field)))
        else:
            point.ClearField(field)
    point.count = _count(point.count + other.count)
    _add_start_and_exemplars(point, other)


def _count(count: int) -> int:
    """A count as the wire can carry it."""
    return min(count, _UINT64_MAX)


def _plus(one: float, two: float) -> float:
    return one + two


def _add_start_and_exemplars(point: Any, other: Any) -> None:
    point.start_time_unix_nano = min(point.start_time_unix_nano, other.start_time_unix_nano)
    point.exemplars.extend(other.exemplars[: max(0, _MAX_EXEMPLARS - len(point.exemplars))])


# By the name of the metric's oneof; gauges and summaries cannot be added up.
ADD: dict[str, Callable[[Any, Any], bool]] = {
    "sum": add_number,
    "histogram": add_histogram,
    "exponential_histogram": add_exponential,
}
