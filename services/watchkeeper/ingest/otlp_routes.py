"""OTLP over HTTP: POST /v1/traces and /v1/logs, protobuf or JSON, each answered in its own encoding."""

import time
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from watchkeeper.ingest import otlp_json, otlp_protobuf
from watchkeeper.ingest.answer import JSON, PROTOBUF, Answerer, content_type, refuse_type, reply
from watchkeeper.ingest.attributes import AttributeReader
from watchkeeper.ingest.otlp_reply import error_reply, logs_reply, trace_reply
from watchkeeper.ingest.receiver import Receipt, Receiver

# The SDK of Langfuse posts its spans to a path of its own.
TRACE_PATHS = ("/v1/traces", "/api/public/otel/v1/traces")


def otlp_router(receiver: Receiver, answerer: Answerer) -> APIRouter:
    """Return the OTLP routes."""
    router = APIRouter(tags=["ingest"])
    reader = AttributeReader()

    async def traces(request: Request) -> Response:
        """Take OTLP spans; the reply is an ExportTraceServiceResponse."""

        def handle(body: bytes, is_json: bool) -> bytes:
            decoded = otlp_json.decode_traces(body) if is_json else otlp_protobuf.decode_traces(body, reader)
            return trace_reply(*_rejected(receiver.take_spans(*decoded, time.time_ns())), json=is_json)

        return await _answer(answerer, request, handle)

    async def logs(request: Request) -> Response:
        """Take OTLP log records; the reply is an ExportLogsServiceResponse."""

        def handle(body: bytes, is_json: bool) -> bytes:
            decoded = otlp_json.decode_logs(body) if is_json else otlp_protobuf.decode_logs(body, reader)
            return logs_reply(*_rejected(receiver.take_logs(*decoded, time.time_ns())), json=is_json)

        return await _answer(answerer, request, handle)

    for path in TRACE_PATHS:
        router.add_api_route(path, traces, methods=["POST"])
    router.add_api_route("/v1/logs", logs, methods=["POST"])
    return router


async def _answer(answerer: Answerer, request: Request, handle: Callable[[bytes, bool], bytes]) -> Response:
    kind = content_type(request)
    is_json = kind == JSON
    media_type = JSON if is_json else PROTOBUF

    def checked(body: bytes) -> Response:
        if kind not in (PROTOBUF, JSON):
            raise refuse_type(f"{PROTOBUF} or {JSON}", kind)
        return reply(200, handle(body, is_json), media_type)

    def failed(status: int, detail: str) -> Response:
        return reply(status, error_reply(status, detail, json=is_json), media_type)

    return await answerer.answer(request, checked, failed)


def _rejected(receipt: Receipt) -> tuple[int, str]:
    return len(receipt.rejections), receipt.detail
