"""What judges and guardrails of an application concluded, from the JSON that they return."""

from typing import Any

import msgspec

from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.values import as_number
from watchkeeper.model import Context, Score

# A category is one of a few words; longer text is an explanation, which is content.
_MAX_CATEGORY = 64
_SOURCES = {
    "human": "person",
    "person": "person",
    "user": "person",
    "llm": "judge",
    "judge": "judge",
    "code": "program",
    "heuristic": "program",
    "program": "program",
}
_RESULTS = {
    "pass": "passed",
    "passed": "passed",
    "fail": "blocked",
    "failed": "blocked",
    "blocked": "blocked",
    "flagged": "flagged",
}
_STOPS = ("tripwire_triggered", "triggered", "blocked", "is_blocked")
_DOUBTS = ("flagged", "is_flagged")
_GOES = ("passed", "allowed", "valid", "is_valid", "is_safe", "validation_passed")


class _Judgement(msgspec.Struct):
    """One result of an evaluator, under the names that evaluators use."""

    name: Any = None
    score: Any = None
    value: Any = None
    label: Any = None
    category: Any = None
    kind: Any = None


def judgements(output: object, context: Context, name: str) -> tuple[Score, ...]:
    """The scores in an evaluator's output: a number, an object with a score or a label, or a list of such objects.

    ``name`` is the evaluator's own, for results that have none.
    """
    number = as_number(output)
    if number is not None:
        return (Score(context=context, name=name, source="judge", value=float(number)),)
    one = parse(output, _Judgement)
    several = [one] if one else parse(output, list[_Judgement]) or []
    made = (
        make_score(
            context,
            name=word(judgement.name) or name,
            value=judgement.value if judgement.score is None else judgement.score,
            category=judgement.category if judgement.label is None else judgement.label,
            kind=judgement.kind,
        )
        for judgement in several
    )
    return tuple(score for score in made if score)


def make_score(context: Context, *, name: str, value: object, category: object, kind: object) -> Score | None:
    """A score from its parts: the number where there is one, else the category; None when there is neither."""
    number = float(value) if isinstance(value, bool) else as_number(value)
    text = category if isinstance(category, str) and len(category) <= _MAX_CATEGORY else ""
    if not name or (number is None and not text):
        return None
    return Score(
        context=context,
        name=name,
        source=_SOURCES.get(word(kind).lower(), "judge"),
        value=None if number is None else float(number),
        category="" if number is not None else text,
        score_id=f"{context.trace_id}/{context.span_id}/{name}" if context.span_id else "",
    )


def evaluator_kind(name: str) -> str:
    """The source of a score, from its evaluator's name: LLMJudge and its kin are judges, every other is a program."""
    return "judge" if "judge" in name.lower() or "LLM" in name else "program"


def guardrail_result(output: object) -> str:
    """passed, flagged or blocked, from what a guardrail returned; empty when it does not report.

    A bare true or false does not report: it may mean "is safe" as well as "was triggered".
    """
    if isinstance(output, str) and (result := _RESULTS.get(output.strip('"').lower())):
        return result
    fields = parse(output, dict[str, Any]) or {}
    if any(fields.get(name) is True for name in _STOPS) or any(fields.get(name) is False for name in _GOES):
        return "blocked"
    if any(fields.get(name) is True for name in _DOUBTS):
        return "flagged"
    if any(name in fields for name in (*_STOPS, *_DOUBTS, *_GOES)):
        return "passed"
    return ""
