import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.exporter.normalise.buckets import Buckets, whole_usage
from watchkeeper.model import Usage

COUNTS = st.none() | st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("buckets", "whole"),
    [
        pytest.param(
            Buckets(input=100, output=20, beside_input=60, total=120), (100, 20), id="the total includes them"
        ),
        pytest.param(Buckets(input=100, output=20, beside_input=60, total=180), (160, 20), id="the total adds them"),
        pytest.param(
            Buckets(input=100, output=20, beside_input=60, beside_output=15, total=135),
            (100, 35),
            id="the total adds those of the output only",
        ),
        pytest.param(Buckets(input=40, output=20, beside_input=60, total=60), (100, 20), id="more than the input"),
        pytest.param(Buckets(input=100, output=20, beside_input=60), (100, 20), id="no total, usually included"),
        pytest.param(
            Buckets(input=100, output=20, beside_input=60, are_separate=True),
            (160, 20),
            id="no total, usually separate",
        ),
        pytest.param(
            Buckets(beside_input=60, output=20), (None, 20), id="an input that was not reported stays unreported"
        ),
    ],
)
def test_the_total_decides(buckets: Buckets, whole: tuple[int | None, int | None]) -> None:
    """What the client's total says goes before what it usually means."""
    assert buckets.whole() == whole


@given(st.builds(Usage, input=COUNTS, output=COUNTS, cached_input=COUNTS, cache_write=COUNTS, reasoning=COUNTS), COUNTS)
def test_a_whole_usage_holds_its_subsets(fields: Usage, total: int | None) -> None:
    """Whatever a client reports, a reported input holds what was cached, and nothing becomes less."""
    whole = whole_usage(fields, total)

    if fields.input is not None:
        assert whole.input is not None
        assert whole.input >= max(fields.input, (fields.cached_input or 0) + (fields.cache_write or 0))
    if fields.output is not None:
        assert whole.output is not None
        assert whole.output >= max(fields.output, fields.reasoning or 0)


@given(COUNTS, COUNTS)
def test_a_usage_without_subsets_stays_as_it_is(reported_input: int | None, reported_output: int | None) -> None:
    """Nothing is added where there is nothing to add."""
    fields = Usage(input=reported_input, output=reported_output)

    assert whole_usage(fields, 10**9) == fields
