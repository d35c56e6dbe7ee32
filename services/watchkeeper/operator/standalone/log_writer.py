"""Copies standard input into a log file that stays bounded; run as a program, one beside each local process.

A process of the bundle may run for months, and none of the engines rotates its own log. Writing
through a pipe lets the file be renamed at a line's end: nothing is lost, Promtail reads the old file
to its end and goes on with the new one, and the process never notices. (Truncating the file under
its writer would lose lines.) An older log is never cut at a start either: Promtail may still have
to read its end. The writer has no other work than the pipe, and ends when its process does.
"""

import os
import select
import signal
import sys
from pathlib import Path

# Two files of this size per component: days of a busy exporter's lines, and no threat to a disk.
DEFAULT_LIMIT_BYTES = 32 * 1024 * 1024

# What came before is in a file of this ending; a file of the other one asks for another file to be begun.
OLDER = ".1"
BEGIN_ANOTHER = ".begin"

_CHUNK_BYTES = 65536
_LOOK_SECONDS = 1.0
_LINE_END = ord("\n")


class BoundedLog:
    """A log file that is renamed to ``<name>.1`` (replacing an older one) when it would outgrow its limit."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._open()

    def write(self, chunk: bytes) -> None:
        """Append, and rotate after the last whole line that fits."""
        if self._size + len(chunk) > self._limit_bytes:
            line_end = chunk.rfind(b"\n") + 1
            self._append(chunk[:line_end])
            if line_end:
                self._rotate()
            chunk = chunk[line_end:]
        self._append(chunk)

    def begin_another(self) -> None:
        """Rotate where that is asked for, once the last line is whole; whoever asked sees its file go."""
        asked = Path(f"{self._path}{BEGIN_ANOTHER}")
        if self._is_whole and asked.exists():
            self._rotate()
            asked.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the current file."""
        os.close(self._descriptor)

    def _open(self) -> None:
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._size = os.fstat(self._descriptor).st_size
        self._is_whole = True

    def _append(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        while view:
            written = os.write(self._descriptor, view)
            self._size += written
            self._is_whole = view[written - 1] == _LINE_END
            view = view[written:]

    def _rotate(self) -> None:
        self._path.replace(f"{self._path}{OLDER}")
        self.close()
        self._open()


def main(path: str, limit_bytes: str) -> None:
    """Copy until the pipe ends. Signals of the terminal are for the process, whose last words still count."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    log = BoundedLog(Path(path), int(limit_bytes))
    while True:
        has_come = select.select([0], [], [], _LOOK_SECONDS)[0]
        chunk = os.read(0, _CHUNK_BYTES) if has_come else b""
        if has_come and not chunk:
            return
        try:
            log.write(chunk)
            log.begin_another()
        except OSError as problem:
            # A full disk must not stop the process that talks; the terminal it was started from may be gone.
            os.write(2, f"{path}: {problem}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
