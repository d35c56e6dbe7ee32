"""What an MCP client and its server sent, as FastMCP over the SDK reported it, again and now."""

import json
from pathlib import Path
from random import Random
from typing import Any

_FOLDER = Path(__file__).parents[2] / "golden/payloads/fastmcp-4.2.3+mcp-2.3.0"
_TIMES = ("startTimeUnixNano", "endTimeUnixNano")
_IDS = ("traceId", "spanId", "parentSpanId")


def session(random: Random, now_ns: int) -> list[bytes]:
    """Both sides of one session that ends ``now_ns``, the client's first; ids are new, and the same on both sides."""
    sides = [json.loads((_FOLDER / f"{side}.1.bin").read_bytes()) for side in ("client", "server")]
    spans = [span for side in sides for span in _spans(side)]
    later = now_ns - max(int(span["endTimeUnixNano"]) for span in spans)
    made: dict[str, str] = {}
    for span in spans:
        for name in _TIMES:
            span[name] = str(int(span[name]) + later)
        for name in _IDS:
            if old := span.get(name):
                span[name] = made.setdefault(old, f"{random.getrandbits(len(old) * 4):0{len(old)}x}")
    return [json.dumps(side).encode() for side in sides]


def _spans(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [span for held in request["resourceSpans"] for scope in held["scopeSpans"] for span in scope["spans"]]
