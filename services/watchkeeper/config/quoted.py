"""Where in watchkeeper.yml a problem is, as an editor counts it: the line, quoted, with a caret under the place.

Pure: the file's bytes and a key path in, text out. A line that may hold a credential is never quoted.
"""

import re
from collections.abc import Sequence

import yaml

# As PyYAML counts lines.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_MAY_BE_CREDENTIAL = re.compile(
    r"sha256|token|secret|passw|credential|authorization|api_?key|://[^/\s]*@|hooks\.|\bsk-", re.IGNORECASE
)
_MOST_COLUMNS = 100
# Of a long line, what stands before the place.
_BEFORE = 60

KeyPath = Sequence[int | str]


class Source:
    """The text of the file and its YAML nodes."""

    def __init__(self, raw: bytes) -> None:
        self._lines = lines_of(raw)
        try:
            self._root = yaml.compose(raw, yaml.SafeLoader)
        except yaml.YAMLError:
            self._root = None

    def at(self, path: KeyPath, *, is_of_key: bool = False, is_secret: bool = False) -> str:
        """The place of a value, or of its key; empty when there is none. ``is_secret`` leaves the line unquoted."""
        mark = _mark(self._root, path, is_of_key=is_of_key)
        return "" if mark is None else quoted(self._lines, mark.line, mark.column, is_secret=is_secret)


def lines_of(raw: bytes) -> list[str]:
    """The lines of a file as PyYAML counts them; none where it is not in UTF-8."""
    try:
        return _BREAK.split(raw.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError:
        return []


def quoted(lines: Sequence[str], line: int, column: int, *, is_secret: bool = False) -> str:
    """``line 7, column 12:`` and below it the line with a caret; both counts are from 0."""
    text = lines[line] if line < len(lines) else ""
    place = f"line {line + 1}, column {column + 1}"
    if is_secret or not text.strip() or _MAY_BE_CREDENTIAL.search(text):
        return f"  {place}"
    start = column - _BEFORE if len(text) > _MOST_COLUMNS and column > _BEFORE else 0
    shown = text[start : start + _MOST_COLUMNS].replace("\t", " ")
    number = str(line + 1)
    return f"  {place}:\n  {number} | {shown}\n  {' ' * len(number)} | {' ' * (column - start)}^"


def _mark(root: yaml.Node | None, path: KeyPath, *, is_of_key: bool) -> yaml.Mark | None:
    """Where the value at the path begins, or its key; where the innermost part begins that is there."""
    node, key = root, root
    for part in path:
        if part == "[key]":
            return key.start_mark if key else None
        found = _step(node, part)
        if found is None:
            break
        key, node = found
    chosen = key if is_of_key else node
    return chosen.start_mark if chosen else None


def _step(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
        return next(((key, value) for key, value in pairs if key.value == str(part)), None)
    return None
