"""The schema for editors agrees with the exporter about what is right and what is not."""

import json
from collections.abc import Iterator
from typing import Any

import fastjsonschema
import pytest
import yaml
from tests.support.documents import PAGES, ROOT, code_blocks, page_name

from watchkeeper.config.schema import ConfigFile

SCHEMA = ROOT / "docs" / "reference" / "watchkeeper.schema.json"
VALIDATE = fastjsonschema.compile(json.loads(SCHEMA.read_text()))


def examples() -> Iterator[Any]:
    """Every part of a watchkeeper.yml that a page shows."""
    for page in PAGES:
        for block in code_blocks(page):
            content = yaml.safe_load(block.text) if block.language in ("yaml", "yml") else None
            if isinstance(content, dict) and set(content) <= set(ConfigFile.model_fields):
                yield pytest.param(content, id=f"{page_name(page)}:{block.line}")


def as_an_editor(content: Any) -> Any:
    """YAML's dates are text to editors."""
    return json.loads(json.dumps(content, default=str))


def test_the_shipped_file_names_it_and_fits() -> None:
    """The first line is what editors look for; the path is from the file."""
    text = (ROOT / "watchkeeper.yml").read_text()

    VALIDATE(as_an_editor(yaml.safe_load(text)))

    assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA.relative_to(ROOT)}"


@pytest.mark.parametrize("content", list(examples()))
def test_no_example_is_marked_as_wrong(content: Any) -> None:
    """What a reader copies looks right in the editor too."""
    VALIDATE(as_an_editor(content))


@pytest.mark.parametrize(
    "content",
    [
        {"nonsense": 1},
        {"alerts": {"LLMErrorRateHi": {"default": 0.1}}},
        {"budgets": [{"name": "all"}]},
        {"slos": [{"name": "a", "kind": "uptime", "objective": 0.9}]},
        {"canaries": {"prompts": [{"every": 5}]}},
    ],
    ids=["an unknown section", "a misspelt alert", "a key that is missing", "a word of none", "a time without a unit"],
)
def test_what_is_wrong_is_marked(content: Any) -> None:
    """As the exporter would refuse it."""
    with pytest.raises(fastjsonschema.JsonSchemaException):
        VALIDATE(content)
