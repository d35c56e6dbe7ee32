"""The routes that take telemetry in: OTLP traces, native events, Alertmanager's webhook."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from fastapi import APIRouter, Request, Response

from watchkeeper.errors import DecodeError
from watchkeeper.ingest import otlp_json, otlp_protobuf
from watchkeeper.ingest.alertmanager import decode_alerts
from watchkeeper.ingest.attributes import AttributeReader
from watchkeeper.ingest.body import BodyReader, BodyRefused
from watchkeeper.ingest.events import NativeEvent, decode_events
from watchkeeper.ingest.otlp_reply import error_reply, trace_reply
from watchkeeper.model import Incident, Rejection, Span

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_EVENT_TYPES = (
    JSON,
    "application/x-ndjson",
    "application/jsonl",
    "application/x-www-form-urlencoded",
    "text/plain",
    "",
)
_RETRY_AFTER_SECONDS = "1"


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
    """Where decoded records go."""

    def take_spans(self, spans: Sequence[Span], unread: Sequence[Rejection], received_ns: int, /) -> Receipt:
        """Take spans; ``unread`` could not be decoded."""
        ...

    def take_events(
        self, events: Sequence[tuple[int, NativeEvent]], unread: Sequence[Rejection], received_ns: int, /
    ) -> Receipt:
        """Take native events with their places in the batch."""
        ...

    def take_incidents(
        self, incidents: Sequence[Incident], unread: Sequence[Rejection], received_ns: int, /
    ) -> Receipt:
        """Take alerts that fired or resolved."""
        ...


CountRequest = Callable[[str, str], None]


class IngestRoutes:
    """Builds the routes; ``count_request`` hears (route, outcome) of every request."""

    def __init__(self, receiver: Receiver, bodies: BodyReader, count_request: CountRequest) -> None:
        self._receiver = receiver
        self._bodies = bodies
        self._count = count_request
        self._attributes = AttributeReader()

    def router(self) -> APIRouter:
        """Return the routes for the application."""
        router = APIRouter()
        router.add_api_route("/v1/traces", self.traces, methods=["POST"], tags=["ingest"])
        router.add_api_route("/v1/events", self.events, methods=["POST"], tags=["ingest"])
        router.add_api_route("/v1/alerts", self.alerts, methods=["POST"], tags=["ingest"])
        return router

    async def traces(self, request: Request) -> Response:
        """Take OTLP spans, protobuf or JSON; the reply is an ExportTraceServiceResponse in the same encoding."""
        kind = _content_type(request)
        is_json = kind == JSON

        def failed(status: int, detail: str) -> Response:
            content_type = JSON if is_json else PROTOBUF
            return _reply(status, error_reply(status, detail, json=is_json), content_type)

        def handle(body: bytes) -> Response:
            if kind not in (PROTOBUF, JSON):
                raise BodyRefused(415, "unsupported_type", f"content-type: must be {PROTOBUF} or {JSON}, got {kind!r}")
            decoded = otlp_json.decode_traces(body) if is_json else otlp_protobuf.decode_traces(body, self._attributes)
            receipt = self._receiver.take_spans(*decoded, time.time_ns())
            return _reply(200, trace_reply(len(receipt.rejections), receipt.detail, json=is_json), kind)

        return await self._answer(request, "/v1/traces", handle, failed)

    async def events(self, request: Request) -> Response:
        """Take native events; 400 only when none of them could be taken."""

        def handle(body: bytes) -> Response:
            kind = _content_type(request)
            if kind not in _EVENT_TYPES:
                raise BodyRefused(415, "unsupported_type", f"content-type: must be {JSON} or NDJSON, got {kind!r}")
            receipt = self._receiver.take_events(*decode_events(body), time.time_ns())
            return _receipt_reply(receipt)

        return await self._answer(request, "/v1/events", handle, _plain_failure)

    async def alerts(self, request: Request) -> Response:
        """Take Alertmanager's webhook, version 4: every alert becomes a log line."""

        def handle(body: bytes) -> Response:
            received_ns = time.time_ns()
            return _receipt_reply(self._receiver.take_incidents(*decode_alerts(body, received_ns), received_ns))

        return await self._answer(request, "/v1/alerts", handle, _plain_failure)

    async def _answer(
        self,
        request: Request,
        route: str,
        handle: Callable[[bytes], Response],
        failed: Callable[[int, str], Response],
    ) -> Response:
        """Read the body, handle it, and turn every refusal into the route's kind of error reply."""
        try:
            async with self._bodies.read(request) as body:
                response = handle(body)
        except BodyRefused as refusal:
            self._count(route, refusal.reason)
            return failed(refusal.status, str(refusal))
        except DecodeError as error:
            self._count(route, "undecodable")
            return failed(400, str(error))
        self._count(route, "accepted" if response.status_code < 400 else "rejected")  # noqa: PLR2004  # HTTP
        return response


def _content_type(request: Request) -> str:
    return str(request.headers.get("content-type", "")).split(";", 1)[0].strip().lower()


def _reply(status: int, body: bytes, content_type: str) -> Response:
    headers = {"Retry-After": _RETRY_AFTER_SECONDS} if status == 429 else None  # noqa: PLR2004  # HTTP
    return Response(body, status_code=status, media_type=content_type, headers=headers)


def _plain_failure(status: int, detail: str) -> Response:
    return _reply(status, msgspec.json.encode({"error": detail}), JSON)


def _receipt_reply(receipt: Receipt) -> Response:
    """What was taken and what was not; a batch without a single good record is the sender's mistake."""
    rejected = [{"index": r.index, "reason": r.reason, "detail": r.detail} for r in receipt.rejections[:100]]
    body = {"accepted": receipt.accepted, "rejected": len(receipt.rejections), "rejections": rejected}
    status = 400 if receipt.rejections and not receipt.accepted else 200
    return _reply(status, msgspec.json.encode(body), JSON)
