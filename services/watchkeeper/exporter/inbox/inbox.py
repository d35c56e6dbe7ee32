"""The last notifications, kept in a file of the state folder so that a restart shows them again."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from watchkeeper.exporter.inbox.message import Message
from watchkeeper.metrics.set_aside import set_aside

log = structlog.get_logger()

_FILE = "inbox.json"
_MOST_MESSAGES = 200


class Inbox:
    """Messages, the newest first; without a folder they are kept in memory alone."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / _FILE if folder else None
        self._messages: deque[Message] = deque(self._read(), maxlen=_MOST_MESSAGES)

    def take(self, messages: Iterable[Message]) -> None:
        """Add messages; those that exceed what is kept push out the oldest."""
        self._messages.extend(messages)
        self._save()

    def newest(self) -> Iterator[tuple[Message, float | None]]:
        """Yield each message, the newest first, and when a later one said that it is over."""
        ended: dict[tuple[str, str], float] = {}
        for message in reversed(self._messages):
            place = message.channel, message.key
            if message.is_resolved:
                ended[place] = message.time
            yield message, None if message.is_resolved else ended.get(place)

    def _read(self) -> list[Message]:
        if self._file is None:
            return []
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[Message])
        except FileNotFoundError:
            return []
        except msgspec.DecodeError:
            log.warning("inbox_damaged", file=str(self._file))
            with suppress(OSError):
                set_aside(self._file)
            return []
        except OSError:
            log.warning("inbox_unreadable", file=str(self._file))
            return []

    def _save(self) -> None:
        """A full disk costs the messages after a restart, and nothing else."""
        if self._file is None:
            return
        unfinished = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(msgspec.json.encode(list(self._messages)))
            unfinished.rename(self._file)
        except OSError:
            log.warning("inbox_unsaved", file=str(self._file))
