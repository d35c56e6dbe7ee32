"""The style of our pages, and what a browser is to make of it."""

import base64
import hashlib
import re

import pytest
from tests.support.exporter import ExporterInTest


@pytest.mark.parametrize("path", ["/", "/runbooks/"])
def test_the_policy_names_the_style_that_a_page_has(path: str, exporter: ExporterInTest) -> None:
    """A browser compares the hash of what it got; nothing else on the page needs to be allowed."""
    page = exporter.client.get(path)

    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|\son\w+=|\sstyle=", page.text)


@pytest.mark.parametrize(
    "route",
    ["/v1/events", "/v1/alerts", "/v1/traces", "/v1/budget/check", "/api/public/scores", "/api/public/ingestion"],
)
def test_no_page_of_another_site_sends(route: str, exporter: ExporterInTest) -> None:
    """Text that needs no leave of ours is refused by where it comes from."""
    headers = {"origin": "https://evil.example", "content-type": "text/plain"}

    assert exporter.client.post(route, content=b"[]", headers=headers).status_code == 403


def test_what_the_routes_are_is_not_shown(exporter: ExporterInTest) -> None:
    """The documentation has them."""
    assert exporter.client.get("/openapi.json").status_code == 404
