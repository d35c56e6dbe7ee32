"""From the bodies of requests to the receiver: written into the journal, decoded, and taken piece by piece.

One place for all kinds of bodies, so that what is read again after a crash is read as it was before.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Protocol

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.batch import Receipt
from watchkeeper.exporter.ingest import otlp_json, otlp_protobuf
from watchkeeper.exporter.ingest.agent_activity import AgentActivity
from watchkeeper.exporter.ingest.alertmanager import decode_alerts
from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.beside import beside
from watchkeeper.exporter.ingest.events import decode_events
from watchkeeper.exporter.ingest.langfuse import Ingestion, decode_ingestion, decode_scores
from watchkeeper.exporter.ingest.langfuse_observations import Observations
from watchkeeper.exporter.ingest.otlp_metrics import decode_metrics
from watchkeeper.exporter.ingest.pieces import Allowance, Pieces, as_one, in_pieces, refusal_of, take_pieces
from watchkeeper.exporter.ingest.prompt_webhook import WebhookDecoder
from watchkeeper.exporter.ingest.receiver import Receiver
from watchkeeper.exporter.watch.deliveries import Deliveries
from watchkeeper.model import CodingActivity

# A body, when it came (Unix nanoseconds) and whose it is, to the records of one signal or two.
_Decode = Callable[[bytes, int, str], Iterator[tuple[str, Pieces[Any]]]]


class Journal(Protocol):
    """Writes requests down; see state/journal.py."""

    def request(self, kind: str, body: bytes, tenant: str, /) -> AbstractContextManager[int]:
        """Write a request that is worked on until the block ends; give when it came (Unix nanoseconds)."""
        ...


class Intake:
    """Takes bodies for the receiver: of OTLP, events, alerts, and scores, batches and webhooks of Langfuse.

    ``deliveries`` are the webhooks that were taken before, ``agents`` knows what was counted of metrics.
    """

    def __init__(
        self,
        receiver: Receiver,
        journal: Journal,
        deliveries: Deliveries | None = None,
        agents: AgentActivity | None = None,
    ) -> None:
        reader = AttributeReader()
        self._receiver = receiver
        self._journal = journal
        self._observations = Observations()
        webhooks = WebhookDecoder(deliveries or Deliveries())
        self._agents = agents or AgentActivity(time.time_ns())
        self._decode: dict[str, _Decode] = {
            "traces protobuf": lambda body, _at, _of: iter([("traces", otlp_protobuf.decode_traces(body, reader))]),
            "traces json": lambda body, _at, _of: iter([("traces", otlp_json.decode_traces(body))]),
            "logs protobuf": lambda body, _at, _of: iter([("logs", otlp_protobuf.decode_logs(body, reader))]),
            "logs json": lambda body, _at, _of: iter([("logs", otlp_json.decode_logs(body))]),
            "metrics": lambda body, _at, _of: iter([("metrics", _of_agents(self._read(body)))]),
            "events": lambda body, _at, _of: iter([("events", decode_events(body))]),
            "alerts": lambda body, at, _of: iter([("alerts", decode_alerts(body, at))]),
            "prompts": lambda body, _at, _of: iter([("prompts", webhooks.decode(body))]),
            "scores": lambda body, _at, _of: iter([("scores", decode_scores(body))]),
            "ingestion": lambda body, _at, of: _of_batch(decode_ingestion(body, self._observations, of)),
        }

    async def take(self, kind: str, body: bytes, tenant: str = "") -> Receipt:
        """Take the body of one signal. Raises: DecodeError; TooManyError."""
        with self._journal.request(kind, body, tenant) as received_ns:
            ((signal, pieces),) = self._decode[kind](body, received_ns, tenant)
            return await take_pieces(self._receiver, signal, pieces, received_ns, tenant=tenant)

    async def take_batch(self, body: bytes, tenant: str) -> tuple[Ingestion, list[Receipt]]:
        """Take an ingestion batch of Langfuse. Raises: DecodeError; TooManyError."""
        with self._journal.request("ingestion", body, tenant) as received_ns:
            batch = decode_ingestion(body, self._observations, tenant)
            receipts = [
                await take_pieces(self._receiver, signal, pieces, received_ns, tenant=tenant)
                for signal, pieces in _of_batch(batch)
            ]
            return batch, receipts

    async def take_metrics(self, body: bytes, tenant: str) -> Receipt:
        """Take what ``activity_of`` left of metrics. Raises: DecodeError; TooManyError."""
        with self._journal.request("metrics", body, tenant) as received_ns:
            activities = _of_agents(await beside(len(body), self._read, body))
            return await take_pieces(self._receiver, "metrics", activities, received_ns, tenant=tenant)

    def _read(self, body: bytes) -> list[CodingActivity]:
        request, _ = decode_metrics(body, is_json=False)
        return list(self._agents.read(request))

    def take_again(self, kind: str, body: bytes, received_ns: int, tenant: str) -> None:
        """Take what is in the journal, as it was taken when it came; what was refused then is refused now."""
        decode = self._decode.get(kind)
        if decode is None:  # of another version
            return
        try:
            for signal, pieces in decode(body, received_ns, tenant):
                for records, unread in pieces:
                    self._receiver.take(signal, records, unread, received_ns, tenant=tenant)
        except DecodeError:
            return


def _of_batch(batch: Ingestion) -> Iterator[tuple[str, Pieces[Any]]]:
    yield "scores", chain(as_one((), batch.refused), batch.scores)
    yield "traces", batch.spans


def _of_agents(activities: Iterable[CodingActivity]) -> Pieces[CodingActivity]:
    return in_pieces(enumerate(activities), lambda activity: activity, refusal_of("activity"), Allowance())
