"""Texts of alerts, whatever their numbers are."""

import pytest

from watchkeeper.exporter.web.readable import readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("31.4% of 12 calls (threshold 5%).", "31.4% of 12 calls (threshold 5%).", id="a usual text"),
        pytest.param("used +Inf%: $NaN of $0.", "used not measurable: not measurable of $0.", id="a division"),
        pytest.param("p95 +Inf, NaNx; Inf.", "p95 not measurable, not measurable; not measurable.", id="one by one"),
        pytest.param("1.2e+05% of it", "more than 10000% of it", id="a huge share"),
        pytest.param("1e-05% of it", "less than 0.0001% of it", id="a tiny share"),
        pytest.param("last ran -5m 3s ago", "last ran 0s ago", id="a clock that is ahead"),
        pytest.param("-3% and us-east-1d", "-3% and us-east-1d", id="a number below nothing, and a name"),
        pytest.param("rejected () by it", "rejected by it", id="no reason"),
        pytest.param("Nancy of Infra", "Nancy of Infra", id="names that begin like it"),
    ],
)
def test_people_can_read_it(text: str, shown: str) -> None:
    """And what is no odd number stays as it is."""
    assert readable(text) == shown
