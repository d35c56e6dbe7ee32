"""Slack's mrkdwn, as far as our templates use it: lines of plain, bold, italic and linked text.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator

import msgspec

from watchkeeper.exporter.inbox.message import is_address

_PIECE = re.compile(
    r"<(?P<href>[^<>|]+)\|(?P<link>[^<>]*)>"
    r"|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
)
# The last one first of all: what was `&amp;lt;` is the text `&lt;`.
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Piece(msgspec.Struct, frozen=True):
    """Text in one style; ``href`` is empty where it is no link. Not escaped: whoever writes HTML does that."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    href: str = ""


def lines(text: str) -> list[list[Piece]]:
    """Return the pieces of each line."""
    return [list(_pieces(line)) for line in text.split("\n")]


def _pieces(line: str) -> Iterator[Piece]:
    end = 0
    for found in _PIECE.finditer(line):
        if found.start() > end:
            yield Piece(_plain(line[end : found.start()]))
        yield _styled(found)
        end = found.end()
    if end < len(line):
        yield Piece(_plain(line[end:]))


def _styled(found: re.Match[str]) -> Piece:
    if found["bold"] is not None:
        return Piece(_plain(found["bold"]), is_bold=True)
    if found["italic"] is not None:
        return Piece(_plain(found["italic"]), is_italic=True)
    href = _plain(found["href"])
    return Piece(_plain(found["link"]), href=href if is_address(href) else "")


def _plain(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
