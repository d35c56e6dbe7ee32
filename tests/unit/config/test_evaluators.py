"""What is wrong with evaluators in watchkeeper.yml, in sentences; and those that ship are right."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.judges import judging, make_evaluator

from watchkeeper.config.load import load_file
from watchkeeper.errors import ConfigError

SHIPPED = sorted((Path(__file__).parents[3] / "docs" / "evaluators").glob("*.yml"))
JUDGES = [{"model": "gpt"}]


def problems(tmp_path: Path, **more: Any) -> list[str]:
    """Each error of a file with an evaluator of which something is changed, without the file's name and values."""
    content = judging("http://models", make_evaluator())
    content["evaluators"]["sets"][0] |= more
    file = tmp_path / "watchkeeper.yml"
    file.write_text(yaml.safe_dump(content))
    try:
        load_file(file)
    except ConfigError as error:
        return [problem.removeprefix("watchkeeper.yml: ").rpartition(", got ")[0] for problem in error.problems]
    return []


def criterion(**more: Any) -> dict[str, Any]:
    """A criterion."""
    return {"name": "good", "rubric": "{{output}}", **more}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(
            {"judges": [{"model": "gpt", "weight": 0.6}, {"model": "claude", "weight": 0.3}]},
            "evaluators.sets[0] must be an evaluator whose weights add up to 1 (they add up to 0.9)",
            id="weights of judges that are no shares of a whole",
        ),
        pytest.param(
            {"criteria": [criterion(weight=0.5), criterion(name="b", weight=0.6)]},
            "evaluators.sets[0] must be an evaluator whose weights add up to 1 (they add up to 1.1)",
            id="weights of criteria that are no shares of a whole",
        ),
        pytest.param(
            {"criteria": [criterion(rubric="Is it good?")]},
            "evaluators.sets[0].criteria[0].rubric must be a rubric with {{output}}",
            id="a rubric without the answer",
        ),
        pytest.param(
            {"judges": [{"model": "gtp"}]},
            "evaluators.sets[0].judges[0].model must be the name of one of gpt, claude",
            id="a judge that is no model of the file",
        ),
        pytest.param(
            {"criteria": [criterion(lowest=5, highest=1)]},
            "evaluators.sets[0].criteria[0] must be a scale whose lowest is below its highest",
            id="a scale upside down",
        ),
        pytest.param(
            {"criteria": [criterion(scale="categorical")]},
            "evaluators.sets[0].criteria[0] must be a criterion with categories where its scale is categorical, "
            "and nowhere else",
            id="a scale of no categories",
        ),
        pytest.param(
            {"criteria": [criterion(scale="categorical", categories=["a", "b"])], "gate": {}},
            "evaluators.sets[0] must be an evaluator without a gate, because categories have no mean",
            id="a gate of categories",
        ),
        pytest.param(
            {"gate": {"criteria": {"deep": 0.5}}},
            "evaluators.sets[0] must be an evaluator whose gate names its criteria (helpful), not deep",
            id="a gate of a criterion that is not there",
        ),
        pytest.param({"sample": 2}, "evaluators.sets[0].sample must be <= 1", id="more than all"),
    ],
)
def test_what_is_wrong(tmp_path: Path, more: dict[str, Any], expected: str) -> None:
    """One sentence with the place and the rule."""
    assert problems(tmp_path, **more) == [expected]


def test_three_thirds_are_a_whole(tmp_path: Path) -> None:
    """As people write them."""
    criteria = [criterion(name=name, weight=0.333) for name in "abc"]

    assert problems(tmp_path, criteria=criteria) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_evaluators_are_valid(file: Path) -> None:
    """They can be copied as they are, are named as their file, and cost at most a dollar a day."""
    found = load_file(file).evaluators

    assert [evaluator.name for evaluator in found.sets] == [file.stem]
    assert found.limit_usd_per_day == 1


def test_g_eval_has_its_five_weights() -> None:
    """Depth counts most."""
    (file,) = [file for file in SHIPPED if file.stem == "g-eval"]
    (evaluator,) = load_file(file).evaluators.sets

    assert {one.name: one.weight for one in evaluator.criteria} == {
        "depth": 0.30,
        "accuracy": 0.25,
        "specificity": 0.20,
        "coherence": 0.15,
        "usefulness": 0.10,
    }
    assert evaluator.gate is not None
    assert evaluator.gate.at_least == 0.7
