# ruff: noqa: E501  # whole error texts are longer than a line
"""Every error in a contract, each pinned to the whole text of its error."""

from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.errors import ConfigError

CONTRACT = "contracts: [{{name: a, {}}}]"
CASES = [
    pytest.param(
        "contracts: [{name: a, agent: [b]}]",
        [
            "contracts[0] must be a contract with at least one rule beside name, agent, service and prompt, got {'name': 'a', 'agent': ['b']}"
        ],
        id="no rules",
    ),
    pytest.param(
        "contracts: [{name: a, max_steps: 1}, {name: a, max_steps: 2}]",
        ["contracts[1].name must be a unique name, got 'a'"],
        id="a name twice",
    ),
    pytest.param(
        CONTRACT.format("max_step: 5"),
        [
            "contracts[0].max_step is an unknown key (did you mean max_steps?); allowed: name, agent, service, prompt, tools, when, max_steps, max_tokens, max_cost_usd, max_seconds, min_documents, min_top_score, forbid, human_review, guardrails, output"
        ],
        id="a key with a typing error",
    ),
    pytest.param(
        CONTRACT.format("tools: {expect: [x], match: ordered}"),
        ["contracts[0].tools.match must be one of 'strict', 'unordered', 'subset' or 'superset', got 'ordered'"],
        id="a mode that no one knows",
    ),
    pytest.param(
        CONTRACT.format("tools: {match: strict}"),
        ["contracts[0].tools.match must be left out, because expect has no tools, got 'strict'"],
        id="a mode without tools",
    ),
    pytest.param(
        CONTRACT.format("tools: {before: [[x, y, z]]}"),
        ["contracts[0].tools.before[0] must be at most 2 long, got ['x', 'y', 'z']"],
        id="a pair of three",
    ),
    pytest.param(
        CONTRACT.format("tools: {before: [[x]]}"),
        ["contracts[0].tools.before[0] must be at least 2 long, got ['x']"],
        id="a pair of one",
    ),
    pytest.param(
        CONTRACT.format("tools: {at_most: {x: 0}}"),
        ["contracts[0].tools.at_most.x must be > 0, got 0"],
        id="a tool that may never run",
    ),
    pytest.param(
        CONTRACT.format("max_cost_usd: 0, max_steps: yes, min_top_score: yes"),
        [
            "contracts[0].max_steps must be a number, got True",
            "contracts[0].max_cost_usd must be > 0, got 0",
            "contracts[0].min_top_score must be a number, got True",
        ],
        id="limits that are none",
    ),
    pytest.param(
        CONTRACT.format("output: {min_length: 20, max_length: 10}"),
        ["contracts[0].output.max_length must be >= 20, got 10"],
        id="bounds with nothing between them",
    ),
    pytest.param(
        CONTRACT.format("output: {json_schema: {type: objekt}}"),
        ["contracts[0].output.json_schema must be a JSON schema (Unknown type), got {'type': 'objekt'}"],
        id="a schema of no type",
    ),
    pytest.param(
        CONTRACT.format("output: {json_schema: {$ref: 'http://127.0.0.1:9/schema.json'}}"),
        [
            "contracts[0].output.json_schema must be a JSON schema (http://127.0.0.1:9/schema.json is not in the schema), got {'$ref': 'http://127.0.0.1:9/schema.json'}"
        ],
        id="a schema that would have to be fetched",
    ),
    pytest.param(
        CONTRACT.format("output: {json_schema: {properties: {a: {pattern: '('}}}}"),
        [
            "contracts[0].output.json_schema must be a JSON schema (missing ), unterminated subpattern at position 0), got {'properties': {'a': {'pattern': '('}}}"
        ],
        id="a pattern that is none",
    ),
    pytest.param(CONTRACT.format("when: [{tools: [x]}]"), ["contracts[0].when[0].branch is required"], id="no branch"),
]


@pytest.mark.parametrize(("text", "problems"), CASES)
def test_an_error_is_reported_with_place_rule_and_value(text: str, problems: list[str], tmp_path: Path) -> None:
    """All errors of a contract come at once."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(text)

    with pytest.raises(ConfigError) as refused:
        load_config(file, {})

    assert list(refused.value.problems) == [f"watchkeeper.yml: {problem}" for problem in problems]
