"""Whether the configuration a program runs with is the one on disk: what the file says must be active.

Pure: two YAML trees in, the places where they differ out. A program shows its configuration with every
default filled in and in its own spelling, so the file is held to be a part of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Tree = Any

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+")
_SECRET = "<secret>"  # noqa: S105 what Prometheus shows in a secret's place

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|us|ns|[smhdwy]))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|ns|[smhdwy])")
# Source: model.ParseDuration of github.com/prometheus/common; a year has 365 days there.
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "y": 31536000.0,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b", re.IGNORECASE)


def differences(wanted: Tree, running: Tree, place: str = "") -> list[str]:
    """Each place where ``running`` is not what ``wanted`` says, as ``key.key[0] must be X, runs with Y``."""
    return list(_differences(wanted, running, place))


def _differences(wanted: Tree, running: Tree, place: str) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(running, Mapping):
        for key, value in wanted.items():
            yield from _differences(value, running.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(running, list) and len(wanted) == len(running):
        for number, (value, shown) in enumerate(zip(wanted, running, strict=True)):
            yield from _differences(value, shown, f"{place}[{number}]")
    elif not _is_same(wanted, running):
        yield f"{place} must be {wanted!r}, runs with {running!r}"


def _is_same(wanted: Tree, running: Tree) -> bool:
    # Empty is the same as absent: a program leaves out what it does not have.
    if not running and not wanted:
        return True
    if isinstance(wanted, list | Mapping) or isinstance(running, list | Mapping):
        return False
    file_says, program_says = _spelled(wanted), _spelled(running)
    if program_says in (file_says, _SECRET):
        return True
    if _VARIABLE.search(file_says):
        parts = (re.escape(part) for part in _VARIABLE.split(file_says))
        return re.fullmatch(".*".join(parts), program_says, re.DOTALL) is not None
    # A path in the file is relative to the file.
    return _measure(file_says) == _measure(program_says) or program_says.endswith(f"/{file_says}")


def _spelled(scalar: Tree) -> str:
    return str(scalar).lower() if isinstance(scalar, bool) else str(scalar)


def _measure(text: str) -> str | float:
    """A duration in seconds, a size in bytes, and any other text as it is."""
    if _DURATION.fullmatch(text):
        return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    size = _SIZE.fullmatch(text)
    if size:
        return float(size[1]) * 1024.0 ** " kmgtp".index(size[2].lower() or " ")
    return text
