import ast
import re

import pytest
from tests.support.documents import ROOT

PAGE = ROOT / "docs" / "operations.md"
TABLE = "## What is lost when a component fails"
TESTS = ROOT / "tests" / "compose"


def rows() -> list[list[str]]:
    """Return the cells of each row of the table of losses."""
    section = PAGE.read_text(encoding="utf-8").split(TABLE)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_row_was_tried(row: list[str]) -> None:
    """The last cell names a test that is there."""
    named = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", row[-1])

    assert named
    tree = ast.parse((TESTS / named[1]).read_text(encoding="utf-8"))
    assert named[2] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_trial_has_a_row() -> None:
    """Whatever the tests damage, an operator can read what it costs."""
    reported = {row[-1].strip("`").split("::")[0] for row in rows()}

    assert {f"test_{name}.py" for name in ("restarts", "outages", "rotation", "replicas", "full_disk")} <= reported
