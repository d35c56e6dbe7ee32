"""What an analyzer without canaries and judges does not load."""

import subprocess
import sys

import pytest

_BUILD = """
import io, sys
from pathlib import Path
from watchkeeper.analyzer.app import build_app
from watchkeeper.config import load_config
build_app(load_config(Path("watchkeeper.yml"), {}), io.BytesIO())
print(" ".join(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Names of the modules in a process of its own, after the analyzer was built from the shipped watchkeeper.yml."""
    built = subprocess.run([sys.executable, "-c", _BUILD], capture_output=True, text=True, check=True)
    return set(built.stdout.split())


@pytest.mark.parametrize("library", ["sqlalchemy", "krippendorff", "genai_prices"])
def test_what_only_judges_and_canaries_need_is_not_loaded(loaded: set[str], library: str) -> None:
    """It would take a third of the idle memory."""
    assert "watchkeeper.analyzer.app" in loaded
    assert library not in loaded
