"""promtool's notation of series, read as promtool reads it."""

import math

import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.drills.notation import read_labels, read_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("1 2.5 -3", [1, 2.5, -3], id="numbers are themselves"),
        pytest.param("0+10x3", [0, 10, 20, 30], id="a run has one value more than its number says"),
        pytest.param("5-1x2", [5, 4, 3], id="a run may fall"),
        pytest.param("0.05x2", [0.05, 0.05, 0.05], id="a run may are stopped"),
        pytest.param("1e3+1e2x1", [1000, 1100], id="numbers may have exponents"),
        pytest.param("1 _ 2 _x2 3", [1, None, 2, None, None, 3], id="gaps have no values"),
        pytest.param("1 stale", [1, None], id="a series may end"),
        pytest.param("0x1 1 2x1", [0, 0, 1, 2, 2], id="runs follow each other"),
    ],
)
def test_values_are_expanded(text: str, values: list[float | None]) -> None:
    """One value per interval."""
    assert read_values(text) == values


def test_values_may_be_no_numbers() -> None:
    """Infinity and NaN are values of Prometheus too."""
    infinite, nothing = read_values("Inf NaN")

    assert infinite == math.inf
    assert nothing is not None
    assert math.isnan(nothing)


@pytest.mark.parametrize("text", ["{{schema:0}}", "1x", "ten", "1+x3"])
def test_what_is_no_value_is_refused(text: str) -> None:
    """The sentence names the token."""
    with pytest.raises(WatchkeeperError, match="promtool's notation"):
        read_values(text)


def test_labels_are_read_with_their_escapes() -> None:
    """The name is a label like the others."""
    assert read_labels(r'llm_requests_total{service="a \"b\", c",le="+Inf"}') == {
        "__name__": "llm_requests_total",
        "service": 'a "b", c',
        "le": "+Inf",
    }


@pytest.mark.parametrize("series", ["up{", "", "{a=1}"])
def test_what_is_no_series_is_refused(series: str) -> None:
    """The sentence shows what was there."""
    with pytest.raises(WatchkeeperError, match="must be a metric with its labels"):
        read_labels(series)
