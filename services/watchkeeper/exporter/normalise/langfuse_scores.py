"""Scores as Langfuse's SDKs send them, to facts."""

from watchkeeper.errors import InvalidValueError
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.exporter.normalise.times import time_ns_of
from watchkeeper.model import Context, Score
from watchkeeper.model.ids import canonical_id

_SOURCES = {"ANNOTATION": "person", "EVAL": "judge"}
# Free text is content, not a number or one of a few words: it is no metric.
_CONTENT_TYPES = frozenset({"TEXT", "CORRECTION"})
_MAX_TEXT = 1024


def read_score(sent: LangfuseScore, received_ns: int) -> Score:
    """Return the score's fact.

    Raises: InvalidValueError for a score that is free text, or whose timestamp is no time.
    """
    if sent.data_type in _CONTENT_TYPES:
        raise InvalidValueError(f"dataType: must be NUMERIC, BOOLEAN or CATEGORICAL, got {sent.data_type}")
    context = Context(
        time_ns=time_ns_of(sent.timestamp) if sent.timestamp else received_ns,
        trace_id=canonical_id((sent.trace_id or "")[:_MAX_TEXT]),
        span_id=canonical_id((sent.observation_id or "")[:_MAX_TEXT]),
        session_id=(sent.session_id or "")[:_MAX_TEXT],
        environment=(sent.environment or "")[:_MAX_TEXT],
    )
    is_category = isinstance(sent.value, str)
    return Score(
        context=context,
        name=sent.name[:_MAX_TEXT],
        source="person" if sent.queue_id else _SOURCES.get(sent.source or "", "program"),
        value=None if isinstance(sent.value, str) else float(sent.value),
        category=str(sent.value)[:_MAX_TEXT] if is_category else "",
        score_id=(sent.id or "")[:_MAX_TEXT],
    )
