"""The routes of Langfuse, as its SDKs use them: POST /api/public/scores and /api/public/ingestion.

Source: langfuse.com/docs/api; bodies as sent by langfuse 3 to 5 for Python and 5 for JavaScript.
"""

from collections.abc import Iterable, Sequence

import msgspec

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.langfuse_observations import TRACE, TYPES, Observations
from watchkeeper.exporter.ingest.pieces import Allowance, Pieces, check_count, in_pieces
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.model import Rejection, Span

# The SDKs' ids are UUIDs; longer ones are named by their beginning.
_MAX_ID = 200


class LangfuseScore(msgspec.Struct, rename="camel"):
    """One score as the SDKs send it; unknown fields are ignored. ``value`` is a number, a bool or a category."""

    name: str
    value: float | bool | str
    id: str | None = None
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None
    data_type: str | None = None
    environment: str | None = None
    timestamp: str | None = None
    source: str | None = None
    queue_id: str | None = None


class _IngestionEvent(msgspec.Struct):
    id: str | int | float | None = None
    type: str | int | float | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Ingestion(msgspec.Struct):
    batch: list[msgspec.Raw]


_decode_score = msgspec.json.Decoder(LangfuseScore).decode
_decode_many = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_event = msgspec.json.Decoder(_IngestionEvent).decode
_decode_ingestion = msgspec.json.Decoder(_Ingestion).decode


class Ingestion(msgspec.Struct, frozen=True):
    """A batch of Langfuse's ingestion: scores, spans, what else it has and is refused, the ids of all its events."""

    scores: Pieces[LangfuseScore]
    spans: Pieces[Span]
    refused: Sequence[Rejection]
    ids: Sequence[str]


def decode_scores(body: bytes) -> Pieces[LangfuseScore]:
    """Return the scores of a JSON array or of one object, and those that were refused.

    Raises: DecodeError when the body is neither; TooManyError.
    """
    check_values(body)
    try:
        is_array = body.lstrip().startswith(b"[")
        records = decode_leniently(_decode_many, body) if is_array else [msgspec.Raw(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a score or an array of scores, {error}") from error
    check_count(len(records))
    return _each(enumerate(records))


def decode_ingestion(body: bytes, observations: Observations, tenant: str) -> Ingestion:
    """Return what an ingestion batch has, and what it ends that ``observations`` knows of.

    Raises: DecodeError when the body is not an ingestion batch; TooManyError.
    """
    check_values(body)
    try:
        raws = decode_leniently(_decode_ingestion, body).batch
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a Langfuse ingestion batch, {error}") from error
    check_count(len(raws))
    events = [_event(raw) for raw in raws]
    taken = {"score-create", "sdk-log", *TYPES}
    refused = [_unsupported(i, event) for i, event in enumerate(events) if event.type not in taken]
    scores = _each((i, event.body) for i, event in enumerate(events) if event.type == "score-create")
    spans = _spans(events, observations, tenant)
    return Ingestion(scores, spans, refused, [str(event.id or "")[:_MAX_ID] for event in events])


def _spans(events: Sequence[_IngestionEvent], observations: Observations, tenant: str) -> Pieces[Span]:
    """The spans of the observations that end: what their traces say comes first, wherever it is in the batch."""

    def read(event: _IngestionEvent) -> list[Span]:
        if event.type == TRACE:
            observations.note_trace(bytes(event.body), tenant)
            return []
        return observations.take(str(event.type), bytes(event.body), tenant)

    def refuse(index: int, error: Exception) -> Rejection:
        return Rejection(reason="malformed_observation", detail=f"batch[{index}].body: {error}", index=index)

    ordered = sorted(
        ((i, event) for i, event in enumerate(events) if event.type in TYPES), key=lambda one: one[1].type != TRACE
    )
    for pieces, unread in in_pieces(ordered, read, refuse, Allowance()):
        yield [(index, span) for index, spans in pieces for span in spans], unread


def _event(raw: msgspec.Raw) -> _IngestionEvent:
    """An event that cannot be read is one of no type: refused by itself."""
    try:
        return decode_leniently(_decode_event, bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _IngestionEvent()


def _unsupported(index: int, event: _IngestionEvent) -> Rejection:
    detail = f"batch[{index}].type: must be one of Langfuse's ingestion, got {str(event.type)[:40]!r}"
    return Rejection(reason="unsupported_type", detail=detail, index=index)


def _each(records: Iterable[tuple[int, msgspec.Raw]]) -> Pieces[LangfuseScore]:
    return in_pieces(records, lambda record: decode_leniently(_decode_score, bytes(record)), _refusal, Allowance())


def _refusal(index: int, error: Exception) -> Rejection:
    return Rejection(reason="malformed_score", detail=f"scores[{index}]: {error}", index=index)
