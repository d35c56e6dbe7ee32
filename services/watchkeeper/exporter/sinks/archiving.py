"""The archive of this exporter: opened where one is named, given what is long, gone without where it is unusable."""

from collections.abc import Callable

import structlog

from watchkeeper.archive.opened import open_archive
from watchkeeper.config import Config
from watchkeeper.errors import ConfigError
from watchkeeper.exporter.enrich.redaction import Redactor
from watchkeeper.exporter.sinks.archive import ArchiveWriter
from watchkeeper.exporter.sinks.long_texts import LongTexts

log = structlog.get_logger()


class Archiving:
    """``archive`` is None where there is none, or a file with a key cannot be read; ``on_lost`` counts by reason."""

    def __init__(self, config: Config, on_lost: Callable[[str], None]) -> None:
        self._section = config.file.archive
        self._on_lost = on_lost
        self._problem = ""
        self.archive = None
        try:
            self.archive = open_archive(self._section, config.folder)
        except ConfigError as error:
            self._problem = str(error)
        self.writer = ArchiveWriter(self.archive, self._section.days, on_lost) if self.archive else None

    def long_texts(self, redactor: Redactor, hash_user: Callable[[str], str]) -> LongTexts | None:
        """What reads content of spans as a whole and archives it; None where nothing does."""
        return LongTexts(self.writer, redactor, hash_user, self._section.longest) if self.writer else None

    def start(self) -> None:
        """Begin to archive, or say and count why nothing is."""
        if self._problem:
            log.error("archive_unused", problem=self._problem)
            self._on_lost("unusable")
        if self.writer:
            self.writer.start()

    def stop(self) -> None:
        """Archive what waits, for a moment, and count what is left."""
        if self.writer:
            self.writer.close()
