"""What tests of all kinds share: the pinned programs, a root that stays as it is, and what CI says of skipped tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.layout import PAGE, left_behind, read_layout
from tests.support.programs import obtain_programs
from tests.support.skips import collect

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """Every program of the engines at its pinned version, obtained first where it is missing."""
    return obtain_programs(ROOT)


@pytest.fixture(scope="session", autouse=True)
def root_stays_as_it_is() -> Iterator[None]:
    """What tests start writes below folders of their own; what else lies in the root is the contributor's."""
    layout = read_layout((ROOT / PAGE).read_text(encoding="utf-8"))
    before = names_in_root()
    yield
    left = left_behind(before, names_in_root(), layout)
    assert not left, f"while tests ran {', '.join(left)} came into {ROOT}: start what wrote it in a folder of its own"


def names_in_root() -> list[str]:
    """Return the names of all that lies in the project's root."""
    return [path.name for path in ROOT.iterdir()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Keep what was skipped for the closing lines of CI, which runs pytest several times."""
    if not hasattr(terminalreporter.config, "workerinput"):  # workers of xdist would say it again
        collect(terminalreporter.getreports("skipped"), os.environ)
