"""Work on a body of metrics: in a thread where it would keep others waiting."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

# Metrics arrive once a minute and take 30 KB; what is much larger is read in a thread, so that spans need not wait.
_INLINE_BYTES = 64 * 1024

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


async def beside(
    size: int, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Do the work on a body of this size (bytes) here when it is small, else in a thread."""
    if size <= _INLINE_BYTES:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
