"""What is wrong with canaries in watchkeeper.yml, in sentences."""

from pathlib import Path

import pytest

from watchkeeper.config.load import load_file
from watchkeeper.errors import ConfigError

MODELS = "models: [{name: gpt, url: 'http://gpt/v1', model: m}]\n"
CANARY = MODELS + "canaries: {prompts: [{name: capital, prompt: 'Capital?', targets: [gpt], REST}]}\n"
SEARCH = "canaries: {searches: [{name: docs, url: 'http://docs', queries: [{query: q, documents: [a, b]}], REST}]}\n"
GOOD = "expect: {keywords: [Paris]}"


def problems(tmp_path: Path, text: str) -> list[str]:
    """Each error of a file with this content, without the file's name."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(text)
    try:
        load_file(file)
    except ConfigError as error:
        return [problem.removeprefix("watchkeeper.yml: ") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            CANARY.replace("REST", "expect: {}"),
            "canaries.prompts[0].expect must be a mapping with keywords, output, regex, json_schema or rubric, got {}",
            id="nothing expected",
        ),
        pytest.param(
            CANARY.replace("REST", "expect: {rubric: good}"),
            "canaries.prompts[0].expect must be a mapping with both rubric and judge, or neither, "
            "got {'rubric': 'good'}",
            id="a rubric without a judge",
        ),
        pytest.param(
            CANARY.replace("REST", "expect: {rubric: good, judge: claude}"),
            "canaries.prompts[0].expect.judge must be the name of one of gpt, got 'claude'",
            id="an unknown judge",
        ),
        pytest.param(
            CANARY.replace("REST", "expect: {regex: '(?=a)'}"),
            "canaries.prompts[0].expect.regex must be a regular expression of RE2 "
            "(invalid perl operator: (?=), got '(?=a)'",
            id="a pattern that RE2 does not know",
        ),
        pytest.param(
            CANARY.replace("REST", "expect: {json_schema: {type: word}}"),
            "canaries.prompts[0].expect.json_schema must be a JSON schema (Unknown type), got {'type': 'word'}",
            id="no schema",
        ),
        pytest.param(
            CANARY.replace("REST", GOOD + ", every: 2d"),
            "canaries.prompts[0].every must be an interval like 30m or 6h, from 1m to 1d, got '2d'",
            id="less often than LLMCanaryStale can see",
        ),
        pytest.param(
            CANARY.replace("REST", GOOD + ", every: true"),
            "canaries.prompts[0].every must be an interval like 30m or 6h, from 1m to 1d, got True",
            id="an interval that is none",
        ),
        pytest.param(
            CANARY.replace("REST", GOOD + ", repeats: 11"),
            "canaries.prompts[0].repeats must be <= 10, got 11",
            id="a load test",
        ),
        pytest.param(
            CANARY.replace("[gpt]", "[gpt, gtp]").replace("REST", GOOD),
            "canaries.prompts[0].targets[1] must be the name of one of gpt, got 'gtp'",
            id="an unknown target",
        ),
        pytest.param(
            "canaries: {applications: [{name: shop, url: 'http://shop', body: {q: x}}]}",
            "canaries.applications[0].body must be a mapping with {{prompt}} in one of its texts, got {'q': 'x'}",
            id="an application that would never see the question",
        ),
        pytest.param(
            MODELS + "canaries: {applications: [{name: gpt, url: 'http://shop'}]}",
            "canaries.applications[0].name must be a unique name, got 'gpt'",
            id="an application with the name of a model",
        ),
        pytest.param(
            MODELS + "canaries: {applications: [{name: shop, url: 'http://shop', model: x}]}",
            "canaries.applications[0].model must be the name of one of gpt, got 'x'",
            id="an application of an unknown model",
        ),
        pytest.param(
            "canaries: {applications: [{name: shop, url: 'http://shop', answer: 'a['}]}",
            "canaries.applications[0].answer must be a JMESPath expression like answer.text or results[].id, got 'a['",
            id="an expression that is none",
        ),
        pytest.param(
            "models: [{name: gpt, url: 'https://user:key@gpt/v1', model: m}]",
            "models[0].url must be an address like http://tempo:4318, without credentials, "
            "got 'https://user:key@gpt/v1'",
            id="a key in an address",
        ),
        pytest.param(
            SEARCH.replace("REST", "body: {q: x}"),
            "canaries.searches[0].body must be a mapping with {{query}} in one of its texts, got {'q': 'x'}",
            id="a search that would never see the query",
        ),
        pytest.param(
            SEARCH.replace("[a, b]", "[a, b], grades: [1]").replace("REST", "k: 3"),
            "canaries.searches[0].queries[0].grades must be left out, or one number for each of documents, got [1]",
            id="a grade for one of two documents",
        ),
        pytest.param(
            SEARCH.replace("[a, b]}", "[a], name: query-2}, {query: r, documents: [a]}").replace("REST", "k: 3"),
            "canaries.searches[0].queries[1].name must be a unique name, got 'query-2'",
            id="a query with the name of another's place",
        ),
        pytest.param(
            MODELS
            + "canaries: {prompts: [{name: docs, prompt: p, targets: [gpt], expect: {output: x}}], "
            + "searches: [{name: docs, url: 'http://docs', queries: [{query: q, documents: [a]}]}]}",
            "canaries.searches[0].name must be a unique name, got 'docs'",
            id="a search with the name of a prompt",
        ),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    """One sentence with the place, the rule and the value."""
    assert problems(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("30m", 1800.0), ("6h", 21600.0), ("1d", 86400.0), ("60s", 60.0)]
)
def test_intervals(tmp_path: Path, text: str, seconds: float) -> None:
    """Seconds, or a number with a unit."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(CANARY.replace("REST", f"{GOOD}, every: {text}"))

    assert load_file(file).canaries.prompts[0].every == seconds
