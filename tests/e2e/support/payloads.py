"""What real clients sent, and what really happened while they sent it."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from genai_prices import Usage, calc_price
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

FOLDER = Path(__file__).parent.parent / "payloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One request as it was sent, and the model calls it reports."""

    name: str
    path: str
    headers: dict[str, str]
    body: bytes
    calls: list[dict[str, Any]]

    @property
    def trace_ids(self) -> set[str]:
        """Traces that hold a model call, read with the official protobuf classes or as plain JSON."""
        raw = gzip.decompress(self.body) if self.body.startswith(b"\x1f\x8b") else self.body
        if raw.startswith(b"{"):
            tree = json.loads(raw)
            spans = [s for r in tree["resourceSpans"] for scope in r["scopeSpans"] for s in scope["spans"]]
            return {span["traceId"] for span in spans}
        request = ExportTraceServiceRequest.FromString(raw)
        groups = (scope.spans for resource in request.resource_spans for scope in resource.scope_spans)
        return {span.trace_id.hex() for spans in groups for span in spans}


def load(name: str) -> Payload:
    """The payload of that name."""
    sent = json.loads((FOLDER / f"{name}.headers.json").read_text(encoding="utf-8"))
    calls = json.loads((FOLDER / "calls.json").read_text(encoding="utf-8"))[name]
    body = (FOLDER / f"{name}.bin").read_bytes()
    return Payload(name=name, path=sent["path"], headers=sent["headers"], body=body, calls=calls)


def all_names() -> list[str]:
    """Every payload there is."""
    return sorted(path.name.removesuffix(".headers.json") for path in FOLDER.glob("*.headers.json"))


def calls_per_model(payloads: Iterable[Payload]) -> Counter[str]:
    """How many calls each model had."""
    return Counter(call["model"] for payload in payloads for call in payload.calls)


def tokens_per_model(payloads: Iterable[Payload]) -> Counter[tuple[str, str]]:
    """Tokens by model and type; what is zero is left out."""
    tokens: Counter[tuple[str, str]] = Counter()
    for payload in payloads:
        for call in payload.calls:
            tokens.update({(call["model"], kind): count for kind, count in call["tokens"].items() if count})
    return tokens


def dollars_per_model(payloads: Iterable[Payload]) -> dict[str, Decimal]:
    """What the calls of each model cost, each call priced on its own; models without a price are left out."""
    dollars: dict[str, Decimal] = {}
    for payload in payloads:
        for call in payload.calls:
            price = _price(call)
            if price is not None:
                dollars[call["model"]] = dollars.get(call["model"], Decimal()) + price
    return dollars


def _price(call: dict[str, Any]) -> Decimal | None:
    tokens = call["tokens"]
    if not any(tokens.values()):
        return None
    usage = Usage(
        input_tokens=tokens["input"], cache_read_tokens=tokens["cached_input"], output_tokens=tokens["output"]
    )
    try:
        return calc_price(usage, call["model"], provider_id=call["provider"]).total_price
    except LookupError:
        return None
