import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from watchkeeper.engines.readiness import readiness

Answer = Callable[[httpx.Request], httpx.Response]


def ask(answer: Answer, **urls: str) -> dict[str, dict[str, Any]]:
    """What is found when the engines answer like this."""

    async def asked() -> dict[str, dict[str, Any]]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await readiness(urls, client)

    return asyncio.run(asked())


def up(_request: httpx.Request) -> httpx.Response:
    """An engine that is ready."""
    return httpx.Response(200)


def starting(_request: httpx.Request) -> httpx.Response:
    """An engine that is not ready yet."""
    return httpx.Response(503)


def down(_request: httpx.Request) -> httpx.Response:
    """An engine that is not there."""
    raise httpx.ConnectError("refused")


def slow(_request: httpx.Request) -> httpx.Response:
    """An engine that does not answer in time."""
    raise httpx.ReadTimeout("too slow")


def broken(_request: httpx.Request) -> httpx.Response:
    """An engine that answers something else than HTTP."""
    raise httpx.RemoteProtocolError("no HTTP")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (up, "ready"),
        (starting, "answers 503"),
        (down, "unreachable (ConnectError)"),
        (slow, "unreachable (ReadTimeout)"),
        (broken, "unreachable (RemoteProtocolError)"),
    ],
    ids=["up", "starting", "down", "slow", "no HTTP"],
)
def test_each_engine_has_its_status_and_latency(answer: Answer, status: str) -> None:
    """What is wrong is said in the status."""
    found = ask(answer, loki="http://loki:3100")

    assert found["loki"]["status"] == status
    assert found["loki"]["latency_seconds"] >= 0


def test_each_engine_is_asked_where_it_says_that_it_is_ready() -> None:
    """Every engine has a path of its own."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    ask(
        answer,
        prometheus="http://p:9090/prom",
        alertmanager="http://a:9093",
        loki="http://l:3100",
        grafana="http://g:3000",
    )

    assert sorted(asked) == [
        "http://a:9093/-/ready",
        "http://g:3000/api/health",
        "http://l:3100/ready",
        "http://p:9090/prom/-/ready",
    ]


def test_one_engine_that_is_down_hides_no_other() -> None:
    """All are asked, each is reported."""

    def answer(request: httpx.Request) -> httpx.Response:
        return down(request) if request.url.host == "loki" else up(request)

    found = ask(answer, loki="http://loki", prometheus="http://prometheus")

    assert {name: reported["status"] for name, reported in found.items()} == {
        "loki": "unreachable (ConnectError)",
        "prometheus": "ready",
    }
