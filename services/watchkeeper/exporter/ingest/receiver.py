"""Where decoded records go: the seam between the routes and the pipeline."""

from collections.abc import Sequence
from typing import Protocol

from watchkeeper.exporter.ingest.events import NativeEvent
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.model import Incident, LogRecord, Rejection, Span


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


Unread = Sequence[Rejection]


class Receiver(Protocol):
    """Takes batches that arrived at ``received_ns`` (Unix nanoseconds); ``unread`` could not be decoded.

    ``tenant`` is whose token came with the batch, whatever its records say; empty where nobody needs a token.
    """

    def take_spans(self, spans: Sequence[Span], unread: Unread, received_ns: int, /, *, tenant: str = "") -> Receipt:
        """Take OTLP spans."""
        ...

    def take_logs(
        self, records: Sequence[LogRecord], unread: Unread, received_ns: int, /, *, tenant: str = ""
    ) -> Receipt:
        """Take OTLP log records."""
        ...

    def take_events(
        self, events: Sequence[tuple[int, NativeEvent]], unread: Unread, received_ns: int, /, *, tenant: str = ""
    ) -> Receipt:
        """Take native events with their places in the batch."""
        ...

    def take_scores(
        self, scores: Sequence[tuple[int, LangfuseScore]], unread: Unread, received_ns: int, /, *, tenant: str = ""
    ) -> Receipt:
        """Take Langfuse scores with their places in the batch."""
        ...

    def take_incidents(self, incidents: Sequence[Incident], unread: Unread, received_ns: int, /) -> Receipt:
        """Take alerts that fired or resolved."""
        ...
