"""The vocabulary of obtaining engines: a source either provides one or refuses with a reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.operator.standalone.catalogue import Engine
from watchkeeper.operator.standalone.commands import ask
from watchkeeper.operator.standalone.pins import Pin

_VERSION_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """An engine that is ready to run: its programs by name, their version and where they came from."""

    version: str
    programs: dict[str, Path]
    origin: str
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a source cannot provide an engine on this machine."""

    reason: str


Source = Callable[[Engine, Pin], Provided | Refused]


def version_of(program: Path) -> str | None:
    """The release a program says it is, or None when it does not run or does not say."""
    outcome = ask([str(program), "--version"], timeout_seconds=_VERSION_TIMEOUT_SECONDS)
    if outcome.code != 0:
        return None
    found = re.search(r"version v?(\d+\.\d+\.\d+)", "\n".join([outcome.output, *outcome.last_lines]))
    return found[1] if found else None


def is_at_least(release: str, needed: str) -> bool:
    """Compare releases such as ``3.13.5`` part by part; an unreadable one is too old."""
    try:
        return [int(part) for part in release.split(".")] >= [int(part) for part in needed.split(".")]
    except ValueError:
        return False
