import json

import pytest
from tests.support.facts import make_context

from watchkeeper.exporter.normalise.verdicts import guardrail_result, judgements


@pytest.mark.parametrize(
    ("output", "scores"),
    [
        pytest.param(0.8, [("judge", 0.8, "")], id="a number"),
        pytest.param('{"score": "0.8"}', [("judge", 0.8, "")], id="a number as text"),
        pytest.param(
            '[{"name": "a", "score": 1}, {"name": "b", "label": "ok"}]',
            [("a", 1.0, ""), ("b", None, "ok")],
            id="a list",
        ),
        pytest.param(json.dumps({"label": "x" * 65}), [], id="an explanation is no category"),
        pytest.param('{"reason": "good"}', [], id="no score"),
        pytest.param("a free text", [], id="free text"),
        pytest.param(None, [], id="nothing"),
    ],
)
def test_an_evaluators_output_is_read(output: object, scores: list[tuple[str, float | None, str]]) -> None:
    """Numbers, labels and lists of them are scores; text is content."""
    read = judgements(output, make_context(), "judge")

    assert [(score.name, score.value, score.category) for score in read] == scores


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ("pass", "passed"),
        ('"fail"', "blocked"),
        ('{"triggered": true}', "blocked"),
        ('{"valid": false}', "blocked"),
        ('{"flagged": true}', "flagged"),
        ('{"flagged": false}', "passed"),
        ("true", ""),
        ('{"city": "Paris"}', ""),
        (None, ""),
    ],
)
def test_a_guardrails_output_is_read(output: object, result: str) -> None:
    """A guardrail's result is reported by a word or by a named truth, never by a bare one."""
    assert guardrail_result(output) == result
