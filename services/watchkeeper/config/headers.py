"""HTTP headers from a file of their own, one ``Name: value`` a line: keys are never in watchkeeper.yml."""

import re
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.config.forward import Forward

# Source: RFC 9110, field names and values
_LINE = re.compile(r"(?P<name>[!#$%&'*+.^`|~0-9A-Za-z-]+):[ \t]*(?P<value>[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)\Z")


def read_headers(
    forward: tuple[Forward, ...], folder: Path, file_name: str, problems: list[str]
) -> dict[str, Mapping[str, str]]:
    """Return the headers of every destination by its name; relative paths start at ``folder``.

    What cannot be read is added to ``problems``, without the content.
    """
    headers: dict[str, Mapping[str, str]] = {}
    for position, destination in enumerate(forward):
        headers[destination.name] = {}
        if destination.headers_file is None:
            continue
        where = f"{file_name}: forward[{position}].headers_file"
        headers[destination.name] = read_header_file(destination.headers_file, folder, where, problems)
    return headers


def read_header_file(file: Path, folder: Path, where: str, problems: list[str]) -> dict[str, str]:
    """Return the headers of one file, whose path starts at ``folder``; what is wrong is added to ``problems``."""
    try:
        text = (folder / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        problems.append(f"{where} must be a readable file, got {str(file)!r} ({reason})")
        return {}
    return _parse(text, where, problems)


def _parse(text: str, where: str, problems: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.match(line.strip())
        if found is None:
            problems.append(f"{where}: line {number} must be like Name: value, got something else")
        else:
            headers[found["name"]] = found["value"]
    return headers
