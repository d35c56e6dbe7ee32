"""Payloads that real client libraries sent, read into facts and summed up."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from tests.support.decoded import decoded

from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.otlp_json import decode_traces as decode_json
from watchkeeper.exporter.ingest.otlp_protobuf import decode_traces
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import Fact, LlmCall, Retrieval, Score, Span, ToolCall

PAYLOADS = Path(__file__).parent.parent / "golden" / "payloads"


class Sums(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one payload reports in all; ``tokens`` is (input, cached input, cache write, output, reasoning)."""

    calls: dict[str, int] = {}
    embeddings: int = 0
    tokens: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    tools: dict[str, int] = {}
    retrievals: int = 0
    scores: int = 0


def spans_of(library: str, name: str) -> list[Span]:
    """The spans of one payload."""
    body = (PAYLOADS / library / f"{name}.bin").read_bytes()
    raw = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    spans, broken = decoded(decode_json(raw) if raw.startswith(b"{") else decode_traces(raw, AttributeReader()))
    assert not broken
    return spans


def facts_of(library: str, name: str, is_wanted: Callable[[Span], bool] = lambda _: True) -> list[Fact]:
    """The facts of one payload's spans, or of those that are wanted, in the order of the spans."""
    normaliser = Normaliser(DIALECTS)
    return [fact for span in spans_of(library, name) if is_wanted(span) for fact in normaliser.read(span).facts]


def sum_up(facts: Iterable[Fact]) -> Sums:
    """Count facts and tokens."""
    reported = list(facts)
    calls = [fact for fact in reported if isinstance(fact, LlmCall)]
    usages = [call.usage for call in calls]
    return Sums(
        calls=dict(Counter(call.status for call in calls)),
        embeddings=sum(call.context.operation == "embeddings" for call in calls),
        tokens=(
            sum(usage.input or 0 for usage in usages),
            sum(usage.cached_input or 0 for usage in usages),
            sum(usage.cache_write or 0 for usage in usages),
            sum(usage.output or 0 for usage in usages),
            sum(usage.reasoning or 0 for usage in usages),
        ),
        tools=dict(Counter(fact.status for fact in reported if isinstance(fact, ToolCall))),
        retrievals=sum(isinstance(fact, Retrieval) for fact in reported),
        scores=sum(isinstance(fact, Score) for fact in reported),
    )
