"""What unit tests share: an exporter of their own."""

from collections.abc import Iterator

import pytest
from tests.support.exporter import ExporterInTest, run_exporter


@pytest.fixture
def exporter() -> Iterator[ExporterInTest]:
    """A fresh exporter with all defaults."""
    with run_exporter() as running:
        yield running
