"""What OTLP wants to hear back, in the request's own content type."""

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from watchkeeper.exporter.ingest.otlp_schema import MESSAGES

_RpcStatus = MESSAGES["RpcStatus"]

# google.rpc.Code: what a client may do is decided by the HTTP status, the code is for people.
_RPC_CODES = {400: 3, 401: 16, 413: 8, 415: 3, 429: 8, 503: 14}
_RPC_UNKNOWN = 2


def trace_reply(rejected: int, message: str, *, json: bool) -> bytes:
    """ExportTraceServiceResponse; a partial success when spans were rejected."""
    if json:
        partial = {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}} if rejected else {}
        return msgspec.json.encode(partial)
    response = ExportTraceServiceResponse()
    if rejected:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = message
    return response.SerializeToString()


def logs_reply(rejected: int, message: str, *, json: bool) -> bytes:
    """ExportLogsServiceResponse; a partial success when records were rejected."""
    if json:
        partial = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": message}} if rejected else {}
        return msgspec.json.encode(partial)
    response = ExportLogsServiceResponse()
    if rejected:
        response.partial_success.rejected_log_records = rejected
        response.partial_success.error_message = message
    return response.SerializeToString()


def metrics_reply(rejected: int, message: str, *, json: bool) -> bytes:
    """ExportMetricsServiceResponse; a partial success when data points were rejected."""
    if json:
        partial = {"partialSuccess": {"rejectedDataPoints": str(rejected), "errorMessage": message}} if rejected else {}
        return msgspec.json.encode(partial)
    response = ExportMetricsServiceResponse()
    if rejected:
        response.partial_success.rejected_data_points = rejected
        response.partial_success.error_message = message
    return response.SerializeToString()


def error_reply(status: int, message: str, *, json: bool) -> bytes:
    """google.rpc.Status for a refused request."""
    code = _RPC_CODES.get(status, _RPC_UNKNOWN)
    if json:
        return msgspec.json.encode({"code": code, "message": message})
    serialized: bytes = _RpcStatus(code=code, message=message.encode()).SerializeToString()
    return serialized
