"""Forgets what was used of ceilings and quotas where `watchkeeper forget` asks for it, while the exporter runs."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from watchkeeper.config.forget_requests import ForgetUsed, finish, requests_in

log = structlog.get_logger()

_LOOK_SECONDS = 1.0


class ForgetRequests:
    """Does what waits in the state directory; ``save`` makes sure that no file brings back what was forgotten."""

    def __init__(self, state_dir: Path | None, forget: Callable[[ForgetUsed], int], save: Callable[[], bool]) -> None:
        self._state_dir = state_dir
        self._forget = forget
        self._save = save
        # What was taken away already for requests that wait for it to be saved.
        self._sums: dict[Path, int] = {}
        self._failed_with = ""

    async def run(self) -> None:
        """Look every second, for as long as we run."""
        while self._state_dir is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            self.do_waiting()

    def do_waiting(self) -> None:
        """Do all that waits; what could not be saved waits on, and is done again."""
        if self._state_dir is None:
            return
        try:
            self._do_in(self._state_dir)
            self._failed_with = ""
        except OSError as error:
            # The same for as long as a disk is full: one line says so.
            if str(error) != self._failed_with:
                log.error("forget_request_failed", problem=str(error))  # noqa: TRY400  # the problem says it all
            self._failed_with = str(error)

    def _do_in(self, state_dir: Path) -> None:
        waiting = list(requests_in(state_dir))
        for file, request in waiting:
            self._sums[file] = self._sums.get(file, 0) + (self._forget(request) if request else 0)
        if waiting and self._save():
            for file, request in waiting:
                finish(file, self._sums.pop(file))
                log.info("use_forgotten" if request else "forget_request_unreadable", file=file.name)
