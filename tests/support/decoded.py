"""All that a decoder gives, in the order in which it comes."""

from typing import TypeVar

from watchkeeper.exporter.ingest.pieces import Pieces
from watchkeeper.model import Rejection

Item = TypeVar("Item")


def placed(pieces: Pieces[Item]) -> tuple[list[tuple[int, Item]], list[Rejection]]:
    """Records with their places in the request, and what was refused."""
    taken: list[tuple[int, Item]] = []
    refused: list[Rejection] = []
    for records, unread in pieces:
        taken += records
        refused += unread
    return taken, refused


def decoded(pieces: Pieces[Item]) -> tuple[list[Item], list[Rejection]]:
    """Records, and what was refused."""
    taken, refused = placed(pieces)
    return [item for _, item in taken], refused
