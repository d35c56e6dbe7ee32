"""The directory of what outlives the process: whose it is, and whether it can be used at all."""

import fcntl
import os
from pathlib import Path

from watchkeeper.errors import WatchkeeperError

_LOCK = "lock"


class StateDirectory:
    """One process at a time has it; where it cannot be written, the process runs without it and knows why."""

    def __init__(self, path: Path | None) -> None:
        """Take the directory. Raises: WatchkeeperError when another process has it."""
        self.problem = ""
        self._lock: int | None = None
        if path is not None:
            self._take(path)

    def _take(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.problem = f"{path}: {error.strerror}"
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise WatchkeeperError(
                f"{path} is the state of another exporter that runs: "
                "stop it, or give each a WATCHKEEPER_STATE_DIR of its own"
            ) from error
        except OSError as error:  # a file system without locks
            self.problem = f"{path}: cannot be locked, {error.strerror}"

    def release(self) -> None:
        """Leave the directory to the next process."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
