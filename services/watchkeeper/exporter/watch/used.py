"""What was used of ceilings and quotas: their books, which go on over a restart and a crash."""

from collections.abc import Iterator, Mapping

import msgspec

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.exporter.watch.quotas import QuotaBook


class Used:
    """The books; ``by_name`` are the names under which they are kept, and known as memories."""

    def __init__(self, file: ConfigFile) -> None:
        is_by_tenant = bool(file.access.tokens)
        self.ceilings = CeilingBook(file.ceilings, is_by_tenant=is_by_tenant)
        self.quotas = QuotaBook(file.quotas, is_by_tenant=is_by_tenant)
        self.by_name: Mapping[str, CeilingBook | QuotaBook] = {"ceilings": self.ceilings, "quotas": self.quotas}

    def saved(self) -> dict[str, bytes]:
        """All of it, to be saved with the counters."""
        return {name: book.saved() for name, book in self.by_name.items()}

    def resume(self, saved: Mapping[str, bytes]) -> Iterator[str]:
        """Go on with what was saved; yield what cannot be read, which is zero."""
        for name, book in self.by_name.items():
            try:
                book.resume(saved.get(name, b""))
            except msgspec.DecodeError as error:
                yield f"what was used of {name} cannot be read: {error}"
