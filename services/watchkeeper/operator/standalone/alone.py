"""One at a time: commands that start and stop processes wait for each other."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from watchkeeper.config.places import Places


@contextmanager
def alone(places: Places, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the bundle for a whole command; one that waits for another says for which process."""
    with _locked(places.work / "command.lock", lambda holder: say(f"Waiting for process {holder}, which starts it.")):
        yield


@contextmanager
def writing_history(places: Places, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the history of the demo while it is written or removed; one that waits for another says so."""
    with _locked(places.work / "history.lock", lambda holder: say(f"Waiting for process {holder}, which writes it.")):
        yield


@contextmanager
def changing(places: Places) -> Iterator[None]:
    """Hold the records of processes for one change: none is started while it is being stopped."""
    with _locked(places.work / "processes.lock", lambda _holder: None):
        yield


@contextmanager
def _locked(path: Path, on_wait: Callable[[str], None]) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Closing it, which the end of the process does too, lets go of the lock. No child inherits it.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait(os.pread(descriptor, 20, 0).decode("ascii", "replace") or "of another command")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
