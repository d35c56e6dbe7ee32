"""How much of what a canary expects an answer has."""

from typing import Any

import pytest

from watchkeeper.analyzer.prober.expectation import mean, parts
from watchkeeper.config.expectations import Expectation

SCHEMA = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}


@pytest.mark.parametrize(
    ("expect", "text", "score"),
    [
        pytest.param({"keywords": ["Paris", "Seine"]}, "PARIS, of course", 0.5, id="half of the keywords"),
        pytest.param({"keywords": ["ﬁn"]}, "the fin", 1.0, id="a ligature is its letters"),
        pytest.param({"keywords": ["Paris"]}, "", 0.0, id="nothing has no keyword"),
        pytest.param({"output": "Paris"}, "  paris\n", 1.0, id="an output whatever the space around it"),
        pytest.param({"output": "Paris"}, "Paris.", 0.0, id="an output with one more character"),
        pytest.param({"regex": r"\b42\b"}, "it is 42.", 1.0, id="a pattern is searched for"),
        pytest.param({"regex": r"\b42\b"}, "it is 420", 0.0, id="a pattern that is not there"),
        pytest.param({"json_schema": SCHEMA}, '{"city": "Paris"}', 1.0, id="JSON that fits"),
        pytest.param({"json_schema": SCHEMA}, '{"city": 1}', 0.0, id="JSON that does not fit"),
        pytest.param({"json_schema": SCHEMA}, '```json\n{"city": "Paris"}\n```', 0.0, id="JSON in a fence is none"),
        pytest.param({"json_schema": {}}, "[" * 100_000, 0.0, id="JSON too deep to read"),
        pytest.param({"keywords": ["Paris"], "regex": "42"}, "Paris", 0.5, id="the mean of what is expected"),
    ],
)
def test_an_answer_is_scored(expect: dict[str, Any], text: str, score: float) -> None:
    """Each expectation from 0 to 1."""
    scored = list(parts(Expectation.model_validate(expect), text))

    assert mean(scored) == score
    assert len(scored) == len(expect)
