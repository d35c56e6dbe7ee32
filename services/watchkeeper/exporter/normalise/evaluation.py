"""Evaluation results: the ``gen_ai.evaluation.result`` event, as a log record or on a span. Often it is sent as both.

Source: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-events.md.
"""

from watchkeeper.exporter.normalise.context import read_log_context
from watchkeeper.exporter.normalise.failures import classify
from watchkeeper.exporter.normalise.values import Attributes, as_number, first_text
from watchkeeper.exporter.normalise.verdicts import evaluator_kind
from watchkeeper.model import Context, LogRecord, Score, Span

EVENT = "gen_ai.evaluation.result"
_KEYS = ("openlit.score.idempotency_key", "gen_ai.evaluation.id")
_PEOPLE = frozenset({"human", "person", "user", "annotation", "reviewer"})
_MODEL_EVALUATORS = frozenset({"llm", "model", "eval"})


def from_log(record: LogRecord) -> Score | None:
    """The score of a log record; None when it is another event."""
    return read(record.attributes, read_log_context(record)) if record.event_name == EVENT else None


def from_span(span: Span, context: Context) -> list[Score]:
    """The scores among the events of a span."""
    read_events = (read(event.attributes, context) for event in span.events if event.name == EVENT)
    return [score for score in read_events if score]


def read(attributes: Attributes, context: Context) -> Score | None:
    """A score from the attributes of an evaluation: its value, else its label as a category, else how it failed."""
    name = first_text(attributes, "gen_ai.evaluation.name")
    number = as_number(attributes.get("gen_ai.evaluation.score.value"))
    label = first_text(attributes, "gen_ai.evaluation.score.label")
    error_class = "" if number is not None or label else first_text(attributes, "error.type")
    if not name or (number is None and not label and not error_class):
        return None
    return Score(
        context=context,
        name=name,
        source=_source(attributes),
        value=None if number is None else float(number),
        category="" if number is not None else label,
        error_type=classify(error_class) if error_class else "",
        score_id=first_text(attributes, *_KEYS) or _made_up_id(context, name, number, label or error_class),
    )


def _source(attributes: Attributes) -> str:
    reported = first_text(attributes, "gen_ai.evaluation.evaluator.source", "gen_ai.evaluation.source", "reviewer")
    if reported.lower() in _PEOPLE:
        return "person"
    # pydantic-evals names the evaluator in JSON: {"name": "LLMJudge", ...}
    return "judge" if reported.lower() in _MODEL_EVALUATORS else evaluator_kind(reported)


def _made_up_id(context: Context, name: str, number: float | None, label: str) -> str:
    """The same score about the same span, or about a trace at the same time, has the same id, whichever way it came."""
    if context.span_id:
        return f"{context.trace_id}/{context.span_id}/{name}/{number}/{label}"
    if context.trace_id and context.time_ns:
        return f"{context.trace_id}/{context.time_ns}/{name}/{number}/{label}"
    return ""
