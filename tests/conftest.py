"""What tests of all kinds share: the pinned programs."""

from pathlib import Path

import pytest
from tests.support.programs import obtain_programs


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """Every program of the engines at its pinned version, obtained first where it is missing."""
    return obtain_programs(Path(__file__).parents[1])
