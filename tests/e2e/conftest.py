"""One bundle for all end-to-end tests: starting it takes most of the time."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.e2e.support.payloads import Payload, all_names, load
from tests.e2e.support.stack import Stack, start_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running bundle with receivers in the place of Slack and PagerDuty."""
    with ExitStack() as exits:
        yield start_stack(tmp_path_factory.mktemp("bundle"), exits)


@pytest.fixture(scope="session")
def posted(stack: Stack) -> list[Payload]:
    """Every payload, byte for byte as its client sent it; a scrape lies between any two."""
    payloads = [load(name) for name in all_names()]
    for payload in payloads:
        stack.post_payload(payload)
        stack.let_prometheus_scrape()
    return payloads
