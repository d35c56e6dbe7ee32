"""When a model is retired by its provider: as watchkeeper.yml says, else as a dated table says.

Pure, beside reading the table once: it is beside this file, and docs/reference/retirement_table.py writes it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import msgspec

from watchkeeper.config.prices import Retirement as OwnRetirement
from watchkeeper.prices.retirement_names import retirement_name

_FILE = Path(__file__).with_name("retirements.json")
OWN = "watchkeeper.yml"


class RetirementTable(msgspec.Struct, frozen=True):
    """The dates by provider and model; ``source`` is where they come from, ``published`` when that was."""

    source: str
    published: date
    providers: dict[str, dict[str, date]]


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """The day from whose beginning in UTC a model no longer answers; ``successor`` is empty where no one named one."""

    day: date
    successor: str
    source: str

    @property
    def timestamp(self) -> float:
        """The day in Unix seconds."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC).timestamp()


@lru_cache(maxsize=1)
def shipped_table() -> RetirementTable:
    """The table of this release."""
    return msgspec.json.decode(_FILE.read_bytes(), type=RetirementTable)


class RetirementBook:
    """Knows the retirement of a model; the first entry of watchkeeper.yml that matches decides, also that it stays."""

    def __init__(self, own: Sequence[OwnRetirement] = ()) -> None:
        self._own = tuple(own)
        self._found = lru_cache(maxsize=4096)(self._find)

    def of(self, provider: str, model: str) -> Retirement | None:
        """The retirement of a model as calls name it; None where no one knows of any."""
        return self._found(provider, model)

    def _find(self, provider: str, model: str) -> Retirement | None:
        for entry in self._own:
            if entry.provider in ("", provider) and fnmatchcase(model, entry.model):
                if entry.day is None:
                    return None
                return Retirement(day=entry.day, successor=entry.successor, source=OWN)
        table = shipped_table()
        day = table.providers.get(provider, {}).get(retirement_name(model))
        return Retirement(day=day, successor="", source=f"{table.source}, {table.published}") if day else None
