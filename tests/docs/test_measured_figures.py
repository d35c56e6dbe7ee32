"""What the page of measured alerts counts."""

import pytest
from docs.reference.measured_figures import Found, repeated


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        pytest.param((), 0, id="a fault that no one reports"),
        pytest.param(("A (high)",), 0, id="one message"),
        pytest.param(("A (medium)", "A (high)", "B (critical)"), 0, id="each worse than those before"),
        pytest.param(("A (high)", "A (high)"), 1, id="the same again"),
        pytest.param(("A (critical)", "B (high)", "B (critical)"), 2, id="nothing worse after the first"),
        pytest.param(("A (medium)", "A (high)", "B (medium)", "A (high)"), 2, id="worse once, then two more"),
    ],
)
def test_a_message_repeats_a_fault_unless_it_is_worse(messages: tuple[str, ...], count: int) -> None:
    """A higher severity goes to other people."""
    assert repeated(Found(fault="f", delay=None, calls=None, messages=messages)) == count
