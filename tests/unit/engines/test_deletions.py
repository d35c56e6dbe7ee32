"""Loki's delete API: what is asked, and sentences where it does not do it."""

import json

import httpx
import pytest

from watchkeeper.engines.deletions import ask_to_delete, deletions
from watchkeeper.errors import EngineError

URL = "http://loki:3100"


def client(status: int, content: str = "", **headers: str) -> httpx.Client:
    """A Loki that answers everything with this."""
    return httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))
    )


def test_a_request_has_a_beginning_and_ends_now() -> None:
    """Loki takes whole seconds or RFC 3339, and the present where no end is named."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, dict(request.url.params)))
        return httpx.Response(204, headers={"X-Delete-Request-Id": "4c00"})

    made = ask_to_delete(httpx.Client(transport=httpx.MockTransport(answer)), URL, '{a="b"}', 1_800_000_000.9)

    assert made == "4c00"
    assert asked == [
        ("POST", "/loki/api/v1/delete", {"query": '{a="b"}', "start": "2027-01-15T08:00:00+00:00"}),
    ]


def test_requests_are_listed_with_how_far_they_are() -> None:
    """The newest first; done is what Loki calls processed."""
    common = {"query": "{}", "start_time": 1, "end_time": 2, "user_id": ""}
    listed = [
        {"request_id": "a", "status": "processed", "created_at": 5.25, **common},
        {"request_id": "b", "status": "62% Complete", "created_at": 7, **common},
    ]

    found = deletions(client(200, json.dumps(listed)), URL)

    assert [(one.request_id, one.is_done) for one in found] == [("b", False), ("a", True)]


def test_no_requests_are_an_empty_list() -> None:
    """Go writes an empty list as null."""
    assert deletions(client(200, "null"), URL) == []


def test_a_loki_that_deletes_nothing_says_what_to_set() -> None:
    """What it says itself names no setting."""
    off = client(403, "deletion is not available for this tenant\n")

    with pytest.raises(EngineError, match=r"LOKI_DELETION_MODE=filter-and-delete in \.env"):
        ask_to_delete(off, URL, "{}", 0)
    with pytest.raises(EngineError, match="LOKI_DELETION_MODE"):
        deletions(off, URL)


@pytest.mark.parametrize("content", ["<html>", "{}", '[{"request_id": 1}]'])
def test_what_is_no_list_is_an_error(content: str) -> None:
    """A proxy before Loki answers 200 too."""
    with pytest.raises(EngineError, match="no list of requests"):
        deletions(client(200, content), URL)
