"""Scores of Langfuse's SDKs: when they were given."""

import pytest

from watchkeeper.errors import InvalidValueError
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.exporter.normalise.langfuse_scores import read_score

NOW_NS = 1_764_000_000_000_000_000


@pytest.mark.parametrize(
    "timestamp",
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "soon"],
)
def test_what_is_no_time_is_refused(timestamp: str) -> None:
    """As it is in events: a score of the year 1 would be lost as a line."""
    with pytest.raises(InvalidValueError, match="timestamp: must be RFC 3339"):
        read_score(LangfuseScore(name="helpful", value=1, timestamp=timestamp), NOW_NS)


def test_a_score_without_a_time_is_of_now() -> None:
    """And one with a time is of then."""
    assert read_score(LangfuseScore(name="helpful", value=1), NOW_NS).context.time_ns == NOW_NS
    dated = LangfuseScore(name="helpful", value=1, timestamp="2026-01-01T00:00:00Z")
    assert read_score(dated, NOW_NS).context.time_ns == 1_767_225_600_000_000_000
