"""What tests of the analyzer share: lines that are not printed, a fake model, and retries that do not wait."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from structlog.testing import capture_logs
from tests.support.fake_model import FakeModel, fake_model

from watchkeeper.analyzer.endpoints import retrying


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Tracebacks of failures that are wanted would fill the screen, and take longer than the jobs."""
    with capture_logs():
        yield


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """A provider, an application and a search."""
    with fake_model() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """What asks them."""
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow each other without a wait."""
    monkeypatch.setattr(retrying, "_backed_off", lambda _state: 0.0)
