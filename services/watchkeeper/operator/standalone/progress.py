"""What a person sees while engines are fetched or built, which takes minutes the first time."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

# A line often enough to show that work goes on, rarely enough not to fill a CI log.
PLAIN_LINE_EVERY_SECONDS = 15.0


class Progress:
    """One living line on a terminal; a plain line per step and every 15 s elsewhere."""

    def __init__(self, console: Console, *, plain_every_seconds: float = PLAIN_LINE_EVERY_SECONDS) -> None:
        self._console = console
        self._status: Status | None = console.status("") if console.is_terminal else None
        self._tick_seconds = 1.0 if console.is_terminal else plain_every_seconds
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._what = ""
        self._detail = ""
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._ticker.join()
        if self._status is not None:
            self._status.stop()

    def step(self, what: str) -> None:
        """Begin a step; its clock starts at zero."""
        self._what, self._detail, self._since = what, "", time.monotonic()
        self._show()

    def detail(self, detail: str) -> None:
        """Say how far the step is; shown with the next tick."""
        self._detail = detail

    def note(self, sentence: str) -> None:
        """Print a sentence that stays."""
        self._console.print(sentence, highlight=False, soft_wrap=True)

    def _tick(self) -> None:
        while not self._done.wait(self._tick_seconds):
            if self._what:
                self._show()

    def _show(self) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._since), 60)
        line = ", ".join(part for part in (self._what, self._detail, f"{minutes}:{seconds:02d}") if part)
        if self._status is not None:
            self._status.update(line)
        else:
            self._console.print(line, highlight=False, soft_wrap=True)
