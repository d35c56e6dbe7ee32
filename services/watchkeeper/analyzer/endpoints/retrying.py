"""Asking again, a little later, what may succeed then."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from watchkeeper.errors import EndpointError

_ATTEMPTS = 3
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
# What the other side asks for is waited for, within a run of a job.
_MOST_ASKED_SECONDS = 60.0

Result = TypeVar("Result")


async def with_retries(ask: Callable[[], Awaitable[Result]]) -> Result:
    """Return what ``ask`` returns; it is called up to three times, with longer waits between.

    Raises: the EndpointError of the last call, or at once one that does not pass.
    """
    tries = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, EndpointError) and error.is_passing),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=_wait,
        reraise=True,
    )

    async def attempt() -> Result:
        return await ask()

    return await tries(attempt)


_backed_off = wait_exponential_jitter(
    initial=_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS, jitter=_FIRST_WAIT_SECONDS
)


def _wait(state: RetryCallState) -> float:
    """What the other side asks for, or longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = min(error.wait_seconds, _MOST_ASKED_SECONDS) if isinstance(error, EndpointError) else 0.0
    return max(asked, _backed_off(state)) if asked else _backed_off(state)
