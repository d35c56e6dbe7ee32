"""The requests that were accepted since the counters were saved last: after a crash they are counted again.

Each is written whole, with the time at which it came, before it is worked on, and so before it is acknowledged. There
is no fsync: what was written survives the process, not a machine that loses power. Times at which waiting calls were
released stand among the requests, so that what is counted again is counted in the same order and with the same times.
A file for each time that the counters were saved; the ones before tell what was known then, such as calls that waited.
"""

import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()

# A minute's calls of a busy company take 10 MB; of these files at most four are read at a start.
LIMIT_BYTES = 32 * 1024 * 1024
CHECKPOINT_SECONDS = 60.0
# What a call of now may have to do with: duplicates, traces that are open. As many files as fit into it.
_BEFORE_BYTES = LIMIT_BYTES
_BEFORE_FILES = 5
# Bodies hold what people wrote: they are not kept for longer than they may be needed.
_BEFORE_SECONDS = 600.0
_TICK = "tick"
_NAME = "journal.{:010d}"
# Before each head the CRC-32 of the whole entry.
_CRC_BYTES = 4
# Bytes that follow, nanoseconds since 1970, bytes of kind and of tenant; then these, and the body
_HEAD = struct.Struct("<IQHH")


class Entry(msgspec.Struct, frozen=True):
    """A request: what kind of body, when it came (Unix nanoseconds), whose. Of the kind ``tick``: only the time."""

    kind: str
    received_ns: int
    tenant: str
    body: bytes

    @property
    def is_tick(self) -> bool:
        """Whether it is a time at which waiting calls were released."""
        return self.kind == _TICK


class Journal:
    """Writes entries; without a folder, or once that failed, it only gives the times. ``number`` is the file's.

    ``on_abandoned`` is called when that failed: counters that were saved must not come back without the journal.
    """

    def __init__(self, folder: Path | None, on_abandoned: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._on_abandoned = on_abandoned
        self._file: int | None = None
        self._running = 0
        self._began = 0.0
        self.number = 0
        self.size = 0

    @property
    def is_open(self) -> bool:
        """Whether entries are written."""
        return self._file is not None

    @contextmanager
    def request(self, kind: str, body: bytes, tenant: str) -> Iterator[int]:
        """Write a request; yield when it came (Unix nanoseconds). It is worked on until the block ends."""
        received_ns = time.time_ns()
        self._append(kind, received_ns, tenant, body)
        self._running += 1
        try:
            yield received_ns
        finally:
            self._running -= 1

    def tick(self, now_ns: int) -> None:
        """Write a time at which waiting calls were released, where there may have been some."""
        if self.size:
            self._append(_TICK, now_ns, "", b"")

    @property
    def is_quiet(self) -> bool:
        """Whether no request is half counted."""
        return not self._running

    def is_due(self) -> bool:
        """Whether to save the counters and begin another file: there is enough, and no request is half counted.

        Where writing failed it is tried again.
        """
        is_old = time.monotonic() - self._began > CHECKPOINT_SECONDS and (bool(self.size) or not self.is_open)
        return self._folder is not None and self.is_quiet and (is_old or self.size > LIMIT_BYTES)

    def begin(self, number: int) -> None:
        """Write into another file from now on. Raises: OSError."""
        if self._folder is None:
            return
        self._began = time.monotonic()
        file = os.open(self._folder / _NAME.format(number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._close()
        self._file, self.number, self.size = file, number, 0

    def forget_before(self, number: int, *, keeps_some: bool = True) -> None:
        """Remove the files before a number, beside the last ones that tell what was known then."""
        kept, oldest = 0, time.time() - _BEFORE_SECONDS
        for place, file in enumerate(reversed([path for found, path in files(self._folder) if found < number])):
            status = file.stat()
            kept += status.st_size
            is_wanted = place < _BEFORE_FILES and kept <= _BEFORE_BYTES and status.st_mtime >= oldest
            if not (keeps_some and is_wanted):
                _remove(file)

    def stop(self) -> None:
        """Write no more, and remove all files: everything is in the counters."""
        self._close()
        for _, file in files(self._folder):
            _remove(file)

    def _append(self, kind: str, received_ns: int, tenant: str, body: bytes) -> None:
        if self._file is None:
            return
        names = kind.encode() + tenant.encode()
        size = len(names) + len(body)
        head = _HEAD.pack(size, received_ns, len(kind.encode()), len(tenant.encode())) + names
        entry = zlib.crc32(body, zlib.crc32(head)).to_bytes(_CRC_BYTES, "little") + head
        try:
            written = os.writev(self._file, (entry, body))
        except OSError as error:
            self._abandon(str(error))
            return
        self.size += len(entry) + len(body)
        if written < len(entry) + len(body) or self.size > 2 * LIMIT_BYTES:
            self._abandon("the disk is full, or it became too large")

    def _abandon(self, problem: str) -> None:
        """Half of a journal would make counters go back: without one they begin at nothing after a crash."""
        log.error("journal_unwritten", problem=problem)
        self.stop()
        self._on_abandoned()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self.size = None, 0


def _remove(file: Path) -> None:
    """A file that cannot be removed is tried again, and costs no request."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


class Damaged(msgspec.Struct, frozen=True):
    """What cannot be read at the end of a file: how many bytes."""

    file: str
    size: int


def files(folder: Path | None) -> list[tuple[int, Path]]:
    """The files of a folder with their numbers, in their order."""
    found = sorted(folder.glob("journal.*")) if folder is not None else []
    return [(int(path.suffix[1:]), path) for path in found if path.suffix[1:].isdecimal()]


def read(file: Path) -> Iterator[Entry | Damaged]:
    """Yield the entries of a file; where one is damaged, what follows it cannot be found."""
    content = memoryview(file.read_bytes())
    place = 0
    while place < len(content):
        found = _entry_at(content, place)
        if found is None:
            yield Damaged(file.name, len(content) - place)
            return
        entry, place = found
        yield entry


def _entry_at(content: memoryview, place: int) -> tuple[Entry, int] | None:
    """The entry that begins at a place, and where it ends; None where it is not whole."""
    begin = place + _CRC_BYTES + _HEAD.size
    if begin > len(content):
        return None
    size, received_ns, kind, tenant = _HEAD.unpack_from(content, place + _CRC_BYTES)
    names, end = begin + kind + tenant, begin + size
    if names > end or end > len(content):
        return None
    crc = int.from_bytes(content[place : place + _CRC_BYTES], "little")
    if zlib.crc32(content[place + _CRC_BYTES : end]) != crc:
        return None
    texts = bytes(content[begin:names])
    entry = Entry(texts[:kind].decode(), received_ns, texts[kind:].decode(), bytes(content[names:end]))
    return entry, end
