"""One bundle for all end-to-end tests: starting it takes most of the time."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

# The helpers beside the tests; test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running bundle with receivers in the place of Slack and PagerDuty."""
    from e2e_support.stack import start_stack

    with ExitStack() as exits:
        yield start_stack(tmp_path_factory.mktemp("bundle"), exits)


@pytest.fixture(scope="session")
def posted(stack: Any) -> list[Any]:
    """Every payload, byte for byte as its client sent it; a scrape lies between any two."""
    from e2e_support.payloads import all_names, load

    payloads = [load(name) for name in all_names()]
    for payload in payloads:
        stack.post_payload(payload)
        stack.let_prometheus_scrape()
    return payloads
