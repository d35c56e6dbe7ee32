"""How long a retry waits."""

import pytest
from tenacity import Future, RetryCallState

from watchkeeper.analyzer.endpoints import retrying
from watchkeeper.analyzer.endpoints.post import _wait_seconds
from watchkeeper.errors import EndpointError


def state(wait_seconds: float) -> RetryCallState:
    """After one call that failed, and asks to wait."""
    call = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    call.outcome = Future(1)
    call.outcome.set_exception(EndpointError("rate_limited", "x", is_passing=True, wait_seconds=wait_seconds))
    return call


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    """Asking sooner would be refused again."""
    assert retrying._wait(state(17.0)) == 17.0
    assert retrying._wait(state(9999.0)) == 60.0
    assert retrying._wait(state(0.0)) == 0.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("9999", 9999.0),
        ("999999", 86400.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("", 0.0),
        ("-1", 0.0),
        ("٣", 0.0),
    ],
)
def test_what_the_header_says(header: str, seconds: float) -> None:
    """At most a day; what is no number of seconds says nothing."""
    assert _wait_seconds(header) == seconds
