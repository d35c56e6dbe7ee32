"""What a backup is made of: the data of each part, as a tar stream, read and replaced while the part is stopped."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

# Prometheus before the exporter: restored counters must not be behind what Prometheus has stored of
# them, or it would take the step back for a new start and count everything again. Promtail before
# Loki: lines between the two are sent again, and Loki keeps equal lines once.
ORDER = ("prometheus", "exporter", "promtail", "loki")


class Stores(Protocol):
    """The data of a bundle, whichever way it runs."""

    def names(self) -> Sequence[str]:
        """Every store there is, in the order they are read."""

    def held_still(self, name: str) -> AbstractContextManager[None]:
        """Stop who writes to the store, and start it again if it ran."""

    def read(self, name: str, archive: Path) -> None:
        """Write the content of a store into a new tar file."""

    def all_stopped(self) -> AbstractContextManager[None]:
        """Stop everything, and start everything afterwards."""

    def replace(self, name: str, archive: Path) -> None:
        """Put what a tar file holds in the place of a store's content."""


def in_order(names: Sequence[str]) -> list[str]:
    """The names as they must be read; those without an order of their own come last."""
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
