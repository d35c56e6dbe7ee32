"""OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, protobuf or JSON, each answered in its own encoding."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter, Request, Response

from watchkeeper.exporter.ingest.agent_activity import activity_of
from watchkeeper.exporter.ingest.answer import JSON, PROTOBUF, Answerer, content_type, refuse_type, reply
from watchkeeper.exporter.ingest.beside import beside
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.ingest.onward import Onward
from watchkeeper.exporter.ingest.otlp_metrics import MetricsGuard, decode_metrics, enlist_services
from watchkeeper.exporter.ingest.otlp_reply import error_reply, logs_reply, metrics_reply, trace_reply
from watchkeeper.exporter.ingest.receiver import Receipt
from watchkeeper.serving.routes import PlainRoute

# The SDK of Langfuse posts its spans to a path of its own.
TRACE_PATHS = ("/v1/traces", "/api/public/otel/v1/traces")


class Admit(Protocol):
    """Whose metrics they are, and what else counts of them."""

    def enlist(self, service: str, team: str, tenant: str, /) -> tuple[str, str, str]:
        """Return the service, team and tenant under which spans of the sender are counted."""
        ...

    async def count_activity(self, activity: bytes, tenant: str, /) -> None:
        """Count what coding agents did by a request of metrics; see agent_activity.py."""
        ...


def otlp_routes(intake: Intake, answerer: Answerer, onward: Onward) -> list[PlainRoute]:
    """Return the routes for traces and logs; what can be decoded is offered to ``onward`` as it came."""

    async def traces(request: Request) -> Response:
        """Take OTLP spans; the reply is an ExportTraceServiceResponse."""

        async def handle(body: bytes, is_json: bool, tenant: str) -> bytes:
            receipt = await intake.take("traces json" if is_json else "traces protobuf", body, tenant)
            onward.pass_on("traces", body, JSON if is_json else PROTOBUF, request.headers.get("via", ""))
            return trace_reply(*_rejected(receipt), json=is_json)

        return await _answer(answerer, request, handle)

    async def logs(request: Request) -> Response:
        """Take OTLP log records; the reply is an ExportLogsServiceResponse."""

        async def handle(body: bytes, is_json: bool, tenant: str) -> bytes:
            receipt = await intake.take("logs json" if is_json else "logs protobuf", body, tenant)
            onward.pass_on("logs", body, JSON if is_json else PROTOBUF, request.headers.get("via", ""))
            return logs_reply(*_rejected(receipt), json=is_json)

        return await _answer(answerer, request, handle)

    spans = [PlainRoute(path, traces, methods=["POST"]) for path in TRACE_PATHS]
    return [*spans, PlainRoute("/v1/logs", logs, methods=["POST"])]


def otlp_metrics_router(guard: MetricsGuard, admit: Admit, answerer: Answerer, onward: Onward) -> APIRouter:
    """Return the route for metrics: ``admit`` sees them whole, then they are guarded and passed on."""
    router = APIRouter(tags=["ingest"])

    @router.post("/v1/metrics")
    async def metrics(request: Request) -> Response:
        """Take OTLP metrics; the reply is an ExportMetricsServiceResponse."""

        async def handle(body: bytes, is_json: bool, tenant: str) -> bytes:
            decoded, malformed = await beside(len(body), decode_metrics, body, is_json=is_json)
            await enlist_services(decoded, admit.enlist, tenant)
            if activity := await beside(len(body), activity_of, decoded):
                await admit.count_activity(activity, tenant)
            guarded = await beside(len(body), guard.guard, decoded, malformed)
            onward.take_metrics(guarded, request.headers.get("via", ""))
            reasons = ", ".join(guarded.dropped)
            return metrics_reply(guarded.rejected, f"data points were left out: {reasons}", json=is_json)

        return await _answer(answerer, request, handle)

    return router


async def _answer(
    answerer: Answerer, request: Request, handle: Callable[[bytes, bool, str], Awaitable[bytes]]
) -> Response:
    kind = content_type(request)
    is_json = kind == JSON
    media_type = JSON if is_json else PROTOBUF

    async def checked(body: bytes, tenant: str) -> Response:
        if kind not in (PROTOBUF, JSON):
            raise refuse_type(f"{PROTOBUF} or {JSON}", kind)
        return reply(200, await handle(body, is_json, tenant), media_type)

    def failed(status: int, detail: str) -> Response:
        return reply(status, error_reply(status, detail, json=is_json), media_type)

    return await answerer.answer(request, checked, failed)


def _rejected(receipt: Receipt) -> tuple[int, str]:
    return len(receipt.rejections), receipt.detail
