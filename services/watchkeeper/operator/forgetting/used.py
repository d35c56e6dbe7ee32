"""What was used of ceilings and quotas by whoever is to be forgotten: the exporter, which has it, is asked."""

import time
from collections.abc import Iterator
from pathlib import Path

from watchkeeper.config.forget_requests import ForgetUsed, answer_to, ask
from watchkeeper.errors import OperationError
from watchkeeper.operator.forgetting.whose import SESSION, TRACE, USER, Holding

_PAUSE_SECONDS = 0.1


def used_of(holding: Holding) -> ForgetUsed:
    """The same people as those of the lines, with the runs that are theirs."""
    ids = holding.whose.ids
    runs = {*ids.get(TRACE, ()), *(trace for traces in holding.traces.values() for trace in traces)}
    return ForgetUsed(
        users=tuple(ids.get(USER, ())),
        sessions=tuple(ids.get(SESSION, ())),
        traces=tuple(sorted(runs)),
        tenant=holding.whose.tenant,
    )


def forget_used(state_dir: Path, used: ForgetUsed, wait_seconds: float) -> int | None:
    """Ask the exporter that has this directory; how many sums it took away, None where it has yet to do so.

    Raises: OperationError where it cannot be asked.
    """
    try:
        request = ask(state_dir, used)
        return next((count for _ in _pauses(wait_seconds) if (count := answer_to(request)) is not None), None)
    except OSError as error:
        raise OperationError(
            f"the exporter cannot be asked to forget what was used: {error.filename}: {error.strerror}"
        ) from error


def _pauses(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(_PAUSE_SECONDS)
