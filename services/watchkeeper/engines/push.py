"""Lines of the exporter as the body of a push to Loki.

Labels and structured metadata are those of promtail/promtail.yml.
Source: grafana.com/docs/loki/latest/reference/loki-http-api, "Ingest logs".
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from watchkeeper.model.timestamps import nanoseconds

PUSH_PATH = "/loki/api/v1/push"
# What makes a stream, and what is only found by: few streams, because each has chunks of its own.
LABELS = ("service", "event", "level", "env")
METADATA = (
    "trace_id",
    "span_id",
    "correlation_id",
    "session_id",
    "user_hash",
    "team",
    "tenant",
    "agent",
    "repository",
    "operation",
    "provider",
    "model",
    "prompt",
    "prompt_version",
    "status",
    "error_type",
    "tool",
    "response_id",
)


def push_request(lines: Sequence[bytes]) -> bytes:
    """Lines of ours, which are JSON objects, as the body of a push."""
    streams: defaultdict[tuple[tuple[str, str], ...], list[Any]] = defaultdict(list)
    for line in lines:
        fields = msgspec.json.decode(line)
        metadata = {name: str(fields[name]) for name in METADATA if fields.get(name)}
        stream = tuple((name, str(fields[name])) for name in LABELS if fields.get(name))
        streams[stream].append((str(nanoseconds(fields["timestamp"])), line.decode(), metadata))
    return msgspec.json.encode(
        {"streams": [{"stream": dict(labels), "values": values} for labels, values in streams.items()]}
    )
