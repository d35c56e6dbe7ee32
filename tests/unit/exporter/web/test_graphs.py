"""Numbers and times on graphs, for people."""

import pytest

from watchkeeper.exporter.web.alert_pages import lasting
from watchkeeper.exporter.web.graphs import short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00023999999999999998, "0.00024"),
        (0.0512345, "0.0512"),
        (12.0, "12"),
        (999.6, "1k"),
        (1234.0, "1.23k"),
        (56_700_000.0, "56.7M"),
        (-2500.0, "-2.5k"),
        (0.0000000012, "0.0000000012"),
        (999_700.0, "1M"),
        (1.5e12, "1.5T"),
        (1e15, "over 1000T"),
        (-1e300, "below -1000T"),
    ],
)
def test_three_digits_count(value: float, text: str) -> None:
    """More are noise."""
    assert short(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0 min"), (90, "1 min"), (7500, "2 h 5 min"), (90_000, "1 d 1 h"), (864_000, "10 d 0 h")]
)
def test_a_time_is_in_two_units(seconds: float, text: str) -> None:
    """As people say it."""
    assert lasting(seconds) == text
