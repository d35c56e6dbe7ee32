"""What tests of the analyzer share: lines that are not printed."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Tracebacks of failures that are wanted would fill the screen, and take longer than the jobs."""
    with capture_logs():
        yield
