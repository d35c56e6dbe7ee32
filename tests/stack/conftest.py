"""Boxes for the tests: an empty one for each that needs it, one with a running bundle for all others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stack.box import Box, boxed


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A box in which nothing runs yet."""
    yield from boxed(tmp_path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box whose bundle is up, for all tests that only need one."""
    for box in boxed(tmp_path_factory.mktemp("running")):
        up = box.run("up")
        assert up.returncode == 0, up.stderr
        yield box
