"""Where decoded records go: the seam between the routes and the pipeline."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from watchkeeper.model import Rejection


class Receipt(Protocol):
    """What became of a batch."""

    @property
    def accepted(self) -> int:
        """How many records were taken."""
        ...

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """The records that were not."""
        ...

    @property
    def detail(self) -> str:
        """The reasons in one line."""
        ...


class Receiver(Protocol):
    """Takes the records of one request."""

    def take(
        self,
        signal: str,
        records: Iterable[tuple[int, Any]],
        unread: Sequence[Rejection],
        received_ns: int,
        /,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take records of a signal that has a reader (readers/catalogue.py), with their places in the request.

        ``unread`` could not be decoded, ``received_ns`` is when they arrived (Unix nanoseconds); ``tenant`` is whose
        token came with them, whatever they say, and empty where no one needs a token.
        """
        ...
