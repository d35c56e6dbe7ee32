"""Scores of pydantic-evals' cases and of logfire's feedback; online evaluations come as events of their own.

Source: github.com/pydantic/pydantic-ai, pydantic_evals; github.com/pydantic/logfire, logfire.experimental.annotations.
"""

from collections.abc import Iterator, Sequence

from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.json_text import parse_fields
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.exporter.normalise.verdicts import evaluator_kind, make_score
from watchkeeper.model import Context, Fact, Score, Span

_RESULTS = ("assertions", "scores", "labels")
_FEEDBACK_NAMES = ("logfire.feedback.name", "feedback.name")
# Older versions have one key for each kind of value; the newer one is called like the feedback itself.
_FEEDBACK_VALUES = ("feedback.assertion", "feedback.score", "feedback.label")


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the scores of a case or of a feedback; spans of the experiment and of its steps give none."""
    attributes = span.attributes
    if name := first_text(attributes, *_FEEDBACK_NAMES):
        value = next((attributes[key] for key in (name, *_FEEDBACK_VALUES) if key in attributes), None)
        score = _score(context, name, "person", value)
        return (score,) if score else ()
    return tuple(_case_scores(context, attributes)) if "case_name" in attributes else ()


DIALECT = Dialect(
    name="pydantic_evals",
    scopes=("pydantic-evals", "pydantic_evals", "logfire.feedback"),
    markers=_FEEDBACK_NAMES[:1],
    read=read,
)


def _case_scores(context: Context, attributes: Attributes) -> Iterator[Score]:
    for kind in _RESULTS:
        for name, result in parse_fields(attributes.get(kind)).items():
            value = result.get("value") if isinstance(result, dict) else result
            score = _score(context, name, _source(result), value)
            if score:
                yield score


def _source(result: object) -> str:
    source = result.get("source") if isinstance(result, dict) else None
    evaluator = source.get("name") if isinstance(source, dict) else source
    return evaluator_kind(evaluator if isinstance(evaluator, str) else "")


def _score(context: Context, name: str, source: str, value: object) -> Score | None:
    """Numbers and truths are values, text is a category; anything else is no score."""
    is_text = isinstance(value, str)
    return make_score(
        context, name=name, value=None if is_text else value, category=value if is_text else "", kind=source
    )
