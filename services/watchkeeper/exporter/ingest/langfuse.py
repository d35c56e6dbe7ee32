"""The score routes of Langfuse, as its SDKs use them: POST /api/public/scores and /api/public/ingestion.

Source: langfuse.com/docs/api; bodies as sent by langfuse 3 to 5 for Python and 5 for JavaScript.
"""

from collections.abc import Iterable, Sequence

import msgspec

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.pieces import Allowance, Pieces, check_count, in_pieces
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.model import Rejection

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
    """A batch of Langfuse's ingestion: its scores, what else it has and is refused, the ids of all its events."""

    scores: Pieces[LangfuseScore]
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


def decode_ingestion(body: bytes) -> Ingestion:
    """Return what an ingestion batch has.

    Raises: DecodeError when the body is not an ingestion batch; TooManyError.
    """
    check_values(body)
    try:
        raws = decode_leniently(_decode_ingestion, body).batch
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a Langfuse ingestion batch, {error}") from error
    check_count(len(raws))
    events = [_event(raw) for raw in raws]
    refused = [
        _unsupported(i, event) for i, event in enumerate(events) if event.type not in ("score-create", "sdk-log")
    ]
    scores = _each((i, event.body) for i, event in enumerate(events) if event.type == "score-create")
    return Ingestion(scores, refused, [str(event.id or "")[:_MAX_ID] for event in events])


def _event(raw: msgspec.Raw) -> _IngestionEvent:
    """An event that cannot be read is one of no type: refused by itself."""
    try:
        return decode_leniently(_decode_event, bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _IngestionEvent()


def _unsupported(index: int, event: _IngestionEvent) -> Rejection:
    detail = f"batch[{index}].type: must be score-create (traces come by OTLP), got {str(event.type)[:40]!r}"
    return Rejection(reason="unsupported_type", detail=detail, index=index)


def _each(records: Iterable[tuple[int, msgspec.Raw]]) -> Pieces[LangfuseScore]:
    return in_pieces(records, lambda record: decode_leniently(_decode_score, bytes(record)), _refusal, Allowance())


def _refusal(index: int, error: Exception) -> Rejection:
    return Rejection(reason="malformed_score", detail=f"scores[{index}]: {error}", index=index)
