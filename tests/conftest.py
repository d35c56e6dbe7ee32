"""What tests of all kinds share: the pinned programs, and that CI says what was skipped."""

import os
from pathlib import Path

import pytest
from tests.support.programs import obtain_programs
from tests.support.skips import collect


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """Every program of the engines at its pinned version, obtained first where it is missing."""
    return obtain_programs(Path(__file__).parents[1])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Keep what was skipped for the closing lines of CI, which runs pytest several times."""
    if not hasattr(terminalreporter.config, "workerinput"):  # workers of xdist would say it again
        collect(terminalreporter.getreports("skipped"), os.environ)
