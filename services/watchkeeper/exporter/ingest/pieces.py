"""The records of one request in pieces: whoever else waits has a turn between two of them.

A request may hold so many records, and so many parts of records, whatever its size: an empty one takes two bytes, and
what is made of it takes hundreds.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError as ProtobufDecodeError

from watchkeeper.errors import TooManyError
from watchkeeper.exporter.batch import Placed, Receipt
from watchkeeper.exporter.ingest.receiver import Receiver
from watchkeeper.model import Rejection

Raw = TypeVar("Raw")
Item = TypeVar("Item")

# The collector sends 8192 at once; measured, 20,000 empty spans are 25 MB of objects.
MOST_RECORDS = 20_000
# Attributes, events and links of all records of a request: 122 for each of the collector's.
MOST_PARTS = 1_000_000
# A record up to this size is parsed as it is: what it can hold at most is 2 MB of objects.
SMALL_BYTES = 64 * 1024
# What a larger one may hold, by the weight of wire.py and by the values of json_values.py: 12,000 attributes.
MOST_OF_ONE = 100_000

# As many as go through the pipeline's steps together.
_TOGETHER = 128
# 4000 parts take 10 ms.
PARTS_TOGETHER = 4_000

Piece = tuple[Sequence[Placed[Item]], Sequence[Rejection]]
Pieces = Iterator[Piece[Item]]


class Allowance:
    """How many parts a request may still have."""

    def __init__(self, parts: int = MOST_PARTS) -> None:
        self.left = parts

    def spend(self, parts: int) -> None:
        """Account for the parts of a record, before anything is made of them.

        Raises: TooManyError when they are more than are left.
        """
        self.left -= parts
        if self.left < 0:
            raise TooManyError("this and what came before in the request have too many attributes, events and links")


def check_count(count: int) -> None:
    """Refuse a request of too many records. Raises: TooManyError."""
    if count > MOST_RECORDS:
        raise TooManyError(f"body: must hold at most {MOST_RECORDS} records, got {count}; send smaller batches")


def in_pieces(
    raws: Iterable[tuple[int, Raw]],
    read: Callable[[Raw], Item],
    refuse: Callable[[int, Exception], Rejection],
    allowance: Allowance,
) -> Pieces[Item]:
    """Yield what ``read`` makes of each; what it cannot read is left to ``refuse``.

    ``read`` spends the allowance; nothing is read any more once it is used up.
    """
    records: list[Placed[Item]] = []
    unread: list[Rejection] = []
    pause_at = allowance.left - PARTS_TOGETHER
    for index, raw in raws:
        try:
            if allowance.left < 0:
                allowance.spend(0)
            records.append((index, read(raw)))
        except (ValueError, RecursionError, ProtobufDecodeError) as error:  # msgspec's errors are ValueErrors
            unread.append(refuse(index, error))
        if len(records) + len(unread) >= _TOGETHER or allowance.left < pause_at:
            yield records, unread
            records, unread = [], []
            pause_at = allowance.left - PARTS_TOGETHER
    if records or unread:
        yield records, unread


def refusal_of(kind: str) -> Callable[[int, Exception], Rejection]:
    """What is said of a record of OTLP that could not be read."""

    def refuse(index: int, error: Exception) -> Rejection:
        reason = f"large_{kind}" if isinstance(error, TooManyError) else f"malformed_{kind}"
        return Rejection(reason=reason, detail=f"{kind}s[{index}]: {error}", index=index)

    return refuse


def as_one(records: Sequence[Placed[Item]], unread: Sequence[Rejection]) -> Pieces[Item]:
    """Yield all of a small request in one piece."""
    yield records, unread


async def take_pieces(
    receiver: Receiver, signal: str, pieces: Pieces[Any], received_ns: int, *, tenant: str = ""
) -> Receipt:
    """Let the receiver take one piece after the other; return what became of all of them together."""
    accepted = 0
    rejections: list[Rejection] = []
    is_first = True
    for records, unread in pieces:
        if not is_first:
            await asyncio.sleep(0)
        is_first = False
        receipt = receiver.take(signal, records, unread, received_ns, tenant=tenant)
        accepted += receipt.accepted
        rejections += receipt.rejections
    return Receipt(accepted=accepted, rejections=tuple(rejections))
