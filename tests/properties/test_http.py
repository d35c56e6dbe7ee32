"""Any bytes to any route: an answer that says what was wrong, never a 500."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.exporter import ExporterInTest, run_exporter

ROUTES = (
    "/v1/traces",
    "/v1/logs",
    "/v1/events",
    "/v1/alerts",
    "/api/public/otel/v1/traces",
    "/api/public/scores",
    "/api/public/ingestion",
)
TYPES = st.sampled_from(
    ["application/json", "application/x-protobuf", "application/x-ndjson", "text/plain", "", "image/png", "x" * 300]
)
ENCODINGS = st.sampled_from(["identity", "gzip", "deflate", "br", ""])
BODIES = st.binary(max_size=200) | st.sampled_from(
    [
        b"null",
        b"[]",
        b"{}",
        b"[null]",
        b'[{"type": "score"}]',
        b'"\\ud800"',
        b"[" * 5000,
        b'{"batch": [5]}',
        b'{"a":' * 5000,
    ]
)


@pytest.fixture(scope="module")
def exporter() -> Iterator[ExporterInTest]:
    """One exporter that has to bear everything."""
    with run_exporter() as running:
        yield running


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=60)
@given(body=BODIES, kind=TYPES, encoding=ENCODINGS)
def test_any_bytes_to_every_route(route: str, body: bytes, kind: str, encoding: str, exporter: ExporterInTest) -> None:
    """Taken or refused with a reason, and the exporter lives on."""
    headers = {"content-type": kind, "content-encoding": encoding}

    response = exporter.client.post(route, content=body, headers=headers)

    assert response.status_code < 500
    assert response.status_code < 400 or response.content


@settings(max_examples=100)
@given(
    path=st.text(st.characters(codec="utf-8", exclude_characters="?#"), max_size=30),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_any_path(path: str, method: str, exporter: ExporterInTest) -> None:
    """No path makes the exporter fail, or a label value."""
    response = exporter.client.request(method, f"/{quote(path)}")

    assert response.status_code < 500


def test_nothing_failed_inside(exporter: ExporterInTest) -> None:
    """No record above was refused because of a failure of ours."""
    assert exporter.value("watchkeeper_ingest_rejected_total", reason="internal_error") == 0
    assert exporter.value("http_requests_total", status="500") == 0
    assert {sample.labels["route"] for sample in exporter.samples("http_requests_total")} >= set(ROUTES)
