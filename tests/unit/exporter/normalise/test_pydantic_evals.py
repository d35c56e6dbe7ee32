import json

import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.pydantic_evals import read
from watchkeeper.model import AttributeValue, Score


def scores_in(attributes: dict[str, AttributeValue], scope: str = "pydantic-evals") -> list[Score]:
    """The scores of a span."""
    span = make_span(attributes, scope=scope)
    return [fact for fact in read(span, read_context(span)) if isinstance(fact, Score)]


def result(name: str, evaluator: str, value: object) -> dict[str, object]:
    """One evaluation result as a case lists it."""
    return {name: {"name": name, "value": value, "reason": "because", "source": {"name": evaluator, "arguments": None}}}


def test_a_case_reports_assertions_scores_and_labels() -> None:
    """Each kind of result is a score; a judge is reported from a program by its evaluator."""
    attributes: dict[str, AttributeValue] = {
        "case_name": "capital",
        "task_name": "answer",
        "assertions": json.dumps(
            result("is_text", "IsInstance", value=True) | result("polite", "LLMJudge", value=False)
        ),
        "scores": json.dumps(result("similarity", "Similarity", 0.82)),
        "labels": json.dumps(result("tone", "Tone", "friendly")),
    }

    scores = scores_in(attributes)

    assert [(score.name, score.value, score.category, score.source) for score in scores] == [
        ("is_text", 1.0, "", "program"),
        ("polite", 0.0, "", "judge"),
        ("similarity", 0.82, "", "program"),
        ("tone", None, "friendly", "program"),
    ]
    assert len({score.score_id for score in scores}) == 4


def test_results_without_details_are_understood() -> None:
    """A map of plain values is the same."""
    scores = scores_in({"case_name": "capital", "scores": {"similarity": 0.5}})

    assert [(score.name, score.value) for score in scores] == [("similarity", 0.5)]


@pytest.mark.parametrize(
    ("attributes", "value", "category"),
    [
        ({"logfire.feedback.name": "factuality", "factuality": 0.1}, 0.1, ""),
        ({"logfire.feedback.name": "helpful", "helpful": True}, 1.0, ""),
        ({"logfire.feedback.name": "tone", "tone": "rude", "logfire.feedback.comment": "it shouted"}, None, "rude"),
        ({"feedback.name": "helpful", "feedback.assertion": False}, 0.0, ""),
    ],
    ids=["a number", "a truth", "a word", "the names of older versions"],
)
def test_feedback_is_a_persons_score(attributes: dict[str, AttributeValue], value: float | None, category: str) -> None:
    """The value is under the name of the feedback."""
    (score,) = scores_in(attributes, scope="logfire.feedback")

    assert (score.value, score.category, score.source) == (value, category, "person")


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "experiment", "name": "answer", "n_cases": 3},
        {"case_name": "capital", "scores": "not JSON"},
        {"case_name": "capital", "scores": json.dumps({"similarity": {"value": None}})},
        {"logfire.feedback.name": "tone"},
    ],
    ids=["the experiment around the cases", "broken JSON", "a score without a value", "feedback without a value"],
)
def test_what_holds_no_score_reports_none(attributes: dict[str, AttributeValue]) -> None:
    """Aggregates and broken results are not scores."""
    assert scores_in(attributes) == []
