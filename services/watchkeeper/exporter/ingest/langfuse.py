"""The score routes of Langfuse, as its SDKs use them: POST /api/public/scores and /api/public/ingestion.

Source: langfuse.com/docs/api; bodies as sent by langfuse 3 to 5 for Python and 5 for JavaScript.
"""

from collections.abc import Sequence

import msgspec

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.model import Rejection


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
    batch: list[_IngestionEvent]


_decode_score = msgspec.json.Decoder(LangfuseScore).decode
_decode_many = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_ingestion = msgspec.json.Decoder(_Ingestion).decode

DecodedScores = tuple[list[tuple[int, LangfuseScore]], list[Rejection]]


def decode_scores(body: bytes) -> DecodedScores:
    """Return the scores of a JSON array or of one object, and those that were refused.

    Raises: DecodeError when the body is neither.
    """
    try:
        is_array = body.lstrip().startswith(b"[")
        records = decode_leniently(_decode_many, body) if is_array else [msgspec.Raw(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a score or an array of scores, {error}") from error
    return _decode_each(list(enumerate(records)))


def decode_ingestion(body: bytes) -> tuple[DecodedScores, list[str]]:
    """Return the scores of an ingestion batch, those that were refused, and the ids of all its events in order.

    Raises: DecodeError when the body is not an ingestion batch.
    """
    try:
        events = decode_leniently(_decode_ingestion, body).batch
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a Langfuse ingestion batch, {error}") from error
    scores, rejections = _decode_each(
        [(i, event.body) for i, event in enumerate(events) if event.type == "score-create"]
    )
    for index, event in enumerate(events):
        if event.type not in ("score-create", "sdk-log"):
            detail = f"batch[{index}].type: must be score-create (traces come by OTLP), got {str(event.type)[:40]!r}"
            rejections.append(Rejection(reason="unsupported_type", detail=detail, index=index))
    return (scores, rejections), [str(event.id or "") for event in events]


def _decode_each(records: Sequence[tuple[int, msgspec.Raw]]) -> DecodedScores:
    scores: list[tuple[int, LangfuseScore]] = []
    rejections: list[Rejection] = []
    for index, record in records:
        try:
            scores.append((index, decode_leniently(_decode_score, bytes(record))))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            rejections.append(Rejection(reason="malformed_score", detail=f"scores[{index}]: {error}", index=index))
    return scores, rejections
