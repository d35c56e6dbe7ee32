"""Requests that browsers make for pages of other sites, and names that are not ours."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from watchkeeper.serving.browsers import RefuseForeign, is_known_host


async def answer(_request: Request) -> PlainTextResponse:
    """Answer anyone."""
    return PlainTextResponse("ok")


@pytest.fixture
def client() -> TestClient:
    """A client of an application that answers anyone who gets through."""
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    return TestClient(RefuseForeign(app, hosts=["Telemetry.example.com"], styles="'sha256-x'"))


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost:4318", True),
        ("127.0.0.1:4318", True),
        ("[::1]:4318", True),
        ("192.168.1.5", True),
        ("exporter:4318", True),
        ("host.docker.internal:4318", True),
        ("exporter.monitoring.svc.cluster.local", True),
        ("telemetry.example.com", True),
        ("TELEMETRY.example.com:443", True),
        ("evil.example", False),
        ("evil.example:4318", False),
        ("telemetry.example.com.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example.", False),
    ],
)
def test_names_by_which_we_are_reached(host: str, *, is_known: bool, client: TestClient) -> None:
    """Addresses, private names and our own; a page can point only its own name at us."""
    response = client.get("/", headers={"host": host})

    assert response.status_code == (200 if is_known else 403)
    assert is_known_host(host, {"telemetry.example.com"}) == is_known


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("POST", {}, 200, id="no browser"),
        pytest.param("POST", {"origin": "http://testserver"}, 200, id="our own page"),
        pytest.param("POST", {"origin": "https://testserver"}, 200, id="our own page behind TLS"),
        pytest.param("POST", {"origin": "http://evil.example"}, 403, id="another site"),
        pytest.param("POST", {"origin": "http://testserver:81"}, 403, id="another port"),
        pytest.param("POST", {"origin": "null"}, 403, id="a page without an origin"),
        pytest.param("POST", {"sec-fetch-site": "cross-site"}, 403, id="another site without an origin"),
        pytest.param("POST", {"sec-fetch-site": "same-site"}, 403, id="another host of the site"),
        pytest.param("POST", {"sec-fetch-site": "same-origin", "origin": "http://proxied"}, 200, id="behind a proxy"),
        pytest.param("GET", {"sec-fetch-site": "none"}, 200, id="an address typed in"),
        pytest.param("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403, id="an image"),
        pytest.param("GET", {"origin": "http://evil.example"}, 403, id="a script that reads"),
        pytest.param(
            "GET",
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            200,
            id="a link",
        ),
        pytest.param(
            "GET",
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
            403,
            id="a frame",
        ),
        pytest.param(
            "POST",
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            403,
            id="a form",
        ),
    ],
)
def test_requests_of_other_sites(method: str, headers: dict[str, str], status: int, client: TestClient) -> None:
    """A page of another site neither sends nor reads; its links lead here."""
    assert client.request(method, "/", headers=headers).status_code == status


def test_pages_may_load_nothing_and_be_in_no_frame(client: TestClient) -> None:
    """Their own style is all that they have."""
    headers = client.get("/").headers

    policy = headers["content-security-policy"]
    assert ("default-src 'none'" in policy, "frame-ancestors 'none'" in policy) == (True, True)
    assert "style-src 'sha256-x'" in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
