"""What `make` runs first must run on any Python, at least far enough to say what is wrong."""

import ast
import re
import tomllib
from pathlib import Path


def test_bootstrap_is_readable_for_old_pythons(project: Path) -> None:
    """Python 3.6 can still parse it, and so reaches the sentence that asks for a newer one."""
    text = (project / "services" / "bootstrap.py").read_text(encoding="utf-8")

    ast.parse(text, feature_version=(3, 6))


def test_bootstrap_asks_for_the_project_s_python(project: Path) -> None:
    """The lowest Python stands in pyproject.toml and in the bootstrap, and is the same."""
    wanted = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    text = (project / "services" / "bootstrap.py").read_text(encoding="utf-8")

    found = re.search(r"LOWEST_PYTHON = \((\d+), (\d+)\)", text)

    assert found is not None
    assert wanted == f">={found[1]}.{found[2]}"
