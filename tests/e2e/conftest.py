"""One bundle for all end-to-end tests: starting it takes most of the time."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.e2e.support.payloads import Payload
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.sums import post_all


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running bundle with receivers in the place of Slack and PagerDuty."""
    with ExitStack() as exits:
        yield start_stack(tmp_path_factory.mktemp("bundle"), exits)


@pytest.fixture(scope="session")
def posted(stack: Stack) -> list[Payload]:
    """Every payload that there is, posted."""
    return post_all(stack)
