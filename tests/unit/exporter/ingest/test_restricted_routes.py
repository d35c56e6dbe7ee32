"""Every route of an exporter that has tokens, over HTTP."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter
from tests.support.facts import chat_attributes, make_span
from tests.support.otlp import as_protobuf

from watchkeeper.exporter.ingest.otlp_schema import MESSAGES

# As the SDKs of Langfuse 5.0.4 (Python) and 5.11.1 (JavaScript) sent them with these two keys.
LANGFUSE_KEYS = ("pk-lf-fake", "sk-lf-fake")
LANGFUSE_HEADERS = {"Authorization": "Basic cGstbGYtZmFrZTpzay1sZi1mYWtl", "X-Langfuse-Public-Key": "pk-lf-fake"}
PAYLOADS = Path(__file__).parents[3] / "golden" / "payloads" / "langfuse-5.0.4"

BEARER = {"authorization": "Bearer wk_acme"}
SPAN = as_protobuf(make_span({**chat_attributes(), "tenant": "told-by-telemetry"}))
CALL = json.dumps({"type": "llm_call", "model": "gpt-4o-mini", "input_tokens": 1, "tenant": "told"}).encode()
SCORE = json.dumps({"id": "s1", "name": "quality", "value": 0.5, "traceId": "a" * 32}).encode()
INGESTION = json.dumps({"batch": []}).encode()
METRICS = ExportMetricsServiceRequest().SerializeToString()
ROUTES = [
    pytest.param("POST", "/v1/traces", SPAN, PROTOBUF, id="traces"),
    pytest.param("POST", "/api/public/otel/v1/traces", SPAN, PROTOBUF, id="traces of Langfuse"),
    pytest.param("POST", "/v1/logs", b"", PROTOBUF, id="logs"),
    pytest.param("POST", "/v1/metrics", METRICS, PROTOBUF, id="metrics"),
    pytest.param("POST", "/v1/events", CALL, JSON, id="events"),
    pytest.param("POST", "/api/public/scores", SCORE, JSON, id="scores"),
    pytest.param("POST", "/api/public/ingestion", INGESTION, JSON, id="ingestion"),
    pytest.param("GET", "/api/public/projects", b"", {}, id="the check of keys"),
]


def hashed(token: str) -> str:
    """The hash as it is in watchkeeper.yml."""
    return hashlib.sha256(token.encode()).hexdigest()


def written(directory: Path, more: str = "") -> Path:
    """A watchkeeper.yml with tokens of two tenants."""
    file = directory / "watchkeeper.yml"
    tokens = [("acme", "wk_acme"), ("globex", LANGFUSE_KEYS[1])]
    entries = "".join(f"    - {{tenant: {tenant}, sha256: {hashed(token)}}}\n" for tenant, token in tokens)
    file.write_text(f"access:\n  tokens:\n{entries}{more}", encoding="utf-8")
    return file


@pytest.fixture
def restricted(tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter with tokens, without limits."""
    with run_exporter(config=written(tmp_path)) as running:
        yield running


@pytest.mark.parametrize(("method", "route", "body", "headers"), ROUTES)
def test_a_token_opens_every_route(
    method: str, route: str, body: bytes, headers: dict[str, str], restricted: ExporterInTest
) -> None:
    """And nothing is counted as refused."""
    response = restricted.client.request(method, route, content=body, headers={**headers, **BEARER})

    assert response.status_code in (200, 202, 207)
    assert restricted.value("watchkeeper_ingest_requests_total", route=route, outcome="accepted") == 1


@pytest.mark.parametrize(
    ("credentials", "outcome"),
    [
        pytest.param({}, "no_credentials", id="no header"),
        pytest.param({"authorization": "Bearer wk_wrong"}, "unknown_token", id="a wrong token"),
        pytest.param({"authorization": "Basic %%"}, "bad_credentials", id="no base64"),
        pytest.param({"authorization": "Bearer " + "x" * 10_000}, "bad_credentials", id="a huge header"),
        pytest.param({"authorization": b"Bearer \xff\xfe"}, "unknown_token", id="bytes that are no text"),
    ],
)
@pytest.mark.parametrize(("method", "route", "body", "headers"), ROUTES)
def test_without_the_right_token_every_route_answers_401(  # noqa: PLR0913, PLR0917  # a table of tables
    method: str,
    route: str,
    body: bytes,
    headers: dict[str, str],
    credentials: dict[str, str],
    outcome: str,
    restricted: ExporterInTest,
) -> None:
    """In the route's own format, with a challenge, counted, and without a fact."""
    response = restricted.client.request(method, route, content=body, headers={**headers, **credentials})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="watchkeeper", Basic realm="watchkeeper"'
    assert restricted.value("watchkeeper_ingest_requests_total", route=route, outcome=outcome) == 1
    assert restricted.value("watchkeeper_ingest_records_total") == 0
    if headers is PROTOBUF:
        assert MESSAGES["RpcStatus"].FromString(response.content).code == 16
    else:
        assert response.json()["error"].startswith("authorization: must ")


def test_the_tenant_of_the_token_wins(restricted: ExporterInTest) -> None:
    """Over what spans and events say of themselves."""
    restricted.client.post("/v1/traces", content=SPAN, headers={**PROTOBUF, **BEARER})
    restricted.client.post("/v1/events", content=CALL, headers={**JSON, **BEARER})

    assert restricted.value("llm_requests_total", tenant="acme") == 2
    assert restricted.value("llm_requests_total") == 2


def test_lines_carry_the_tenant_of_the_token(restricted: ExporterInTest) -> None:
    """Scores of Langfuse, too."""
    restricted.client.post("/api/public/scores", content=SCORE, headers={**JSON, **BEARER})
    restricted.client.post("/v1/events", content=CALL, headers={**JSON, **BEARER})
    restricted.client.__exit__()

    assert {line["tenant"] for line in restricted.lines() if "tenant" in line} == {"acme"}
    assert len(restricted.lines("score_recorded")) == 1


def test_ids_of_one_tenant_do_not_hide_those_of_another(restricted: ExporterInTest) -> None:
    """Both may send the same span and the same score; each of them once."""
    for headers in (BEARER, LANGFUSE_HEADERS, BEARER):
        restricted.client.post("/api/public/scores", content=SCORE, headers={**JSON, **headers})

    assert restricted.value("watchkeeper_ingest_records_total", type="Score") == 2
    assert restricted.value("watchkeeper_ingest_dropped_total", reason="repeated_score") == 1


def test_spans_of_a_tenant_without_ids_all_count(restricted: ExporterInTest) -> None:
    """A span that has no id cannot be taken for a retry of another."""
    nameless = as_protobuf(*[make_span(chat_attributes(), trace_id="", span_id="")] * 2)

    restricted.client.post("/v1/traces", content=nameless, headers={**PROTOBUF, **BEARER})

    assert restricted.value("llm_requests_total", tenant="acme") == 2


def test_langfuse_clients_need_only_their_keys(restricted: ExporterInTest) -> None:
    """The secret key is the token: what the SDK sent arrives as its tenant's."""
    captured = json.loads((PAYLOADS / "prompt.2.headers.json").read_text())
    body = (PAYLOADS / "prompt.2.bin").read_bytes()

    response = restricted.client.post(
        captured["path"], content=body, headers={**captured["headers"], **LANGFUSE_HEADERS}
    )

    assert response.status_code == 200
    assert restricted.value("llm_requests_total", tenant="globex") == restricted.value("llm_requests_total") > 0


def test_the_header_is_the_one_langfuse_makes_of_its_keys() -> None:
    """Public key as user, secret key as password."""
    pair = base64.b64decode(LANGFUSE_HEADERS["Authorization"].removeprefix("Basic ")).decode()

    assert tuple(pair.split(":")) == LANGFUSE_KEYS


@pytest.mark.parametrize("path", ["/", "/metrics", "/health", "/ready", "/startup", "/runbooks/"])
def test_what_is_read_needs_no_token(path: str, restricted: ExporterInTest) -> None:
    """Prometheus, probes and people come without one."""
    assert restricted.client.get(path).status_code == 200


def test_alertmanager_needs_no_token(restricted: ExporterInTest) -> None:
    """The stack's own alerts come through whatever tokens there are."""
    alerts = {"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}}]}

    assert restricted.client.post("/v1/alerts", json=alerts).json()["accepted"] == 1


def test_alertmanager_shows_its_own_secret(tmp_path: Path) -> None:
    """With the file of a secret alerts and the inbox take nothing without it, and no token of a tenant instead."""
    secret = tmp_path / "alerts_token"
    secret.write_text("only-alertmanager\n")
    alerts = {"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}}]}
    shown = {"Authorization": "Bearer only-alertmanager"}

    with run_exporter({"WATCHKEEPER_ALERTS_TOKEN_FILE": str(secret)}, written(tmp_path, "")) as exporter:
        statuses = [
            exporter.client.post(route, json=body, headers=headers).status_code
            for route, body in (("/v1/alerts", alerts), ("/v1/inbox/slack", {"attachments": []}))
            for headers in ({}, BEARER, {"Authorization": "Bearer only-alertmanager2"}, shown)
        ]

    assert statuses == [401, 401, 401, 200] * 2


@pytest.mark.parametrize("content", [None, "", " \n"], ids=["no file", "an empty one", "blank space"])
def test_without_a_readable_secret_no_alert_is_taken(tmp_path: Path, content: str | None) -> None:
    """It is not left open: the line says why, and Alertmanager's own metrics say that notifications fail."""
    secret = tmp_path / "alerts_token"
    if content is not None:
        secret.write_text(content)

    with run_exporter({"WATCHKEEPER_ALERTS_TOKEN_FILE": str(secret)}) as exporter:
        answers = [exporter.client.post("/v1/alerts", json={}, headers=shown).status_code for shown in ({}, BEARER)]
        said = exporter.lines("alerts_token_unreadable")

    assert (answers, len(said)) == ([401, 401], 1)


def test_too_many_requests_are_reported_when_to_come_again(tmp_path: Path) -> None:
    """429 with Retry-After, counted; the other tenant sends on."""
    config = written(tmp_path, "  tenants:\n    acme:\n      requests_per_second: 0.01\n")

    with run_exporter(config=config) as exporter:
        first = exporter.client.post("/v1/events", content=CALL, headers={**JSON, **BEARER})
        second = exporter.client.post("/v1/events", content=CALL, headers={**JSON, **BEARER})
        other = exporter.client.post("/v1/events", content=CALL, headers={**JSON, **LANGFUSE_HEADERS})
        refused = exporter.value("watchkeeper_ingest_requests_total", outcome="rate_limited")

    assert (first.status_code, second.status_code, other.status_code, refused) == (200, 429, 200, 1)
    assert 90 < int(second.headers["retry-after"]) <= 100


def test_a_body_beyond_the_tenants_limit_is_refused(tmp_path: Path) -> None:
    """Below the limit for all, and only for this tenant."""
    config = written(tmp_path, "  limits: {body_bytes: 1000}\n  tenants: {globex: {body_bytes: 5000}}\n")
    body = CALL + b" " * 2000

    with run_exporter(config=config) as exporter:
        refused = exporter.client.post("/v1/events", content=body, headers={**JSON, **BEARER})
        taken = exporter.client.post("/v1/events", content=body, headers={**JSON, **LANGFUSE_HEADERS})

    assert (refused.status_code, taken.status_code) == (413, 200)
    assert "1000 bytes" in refused.json()["error"]


def test_an_open_exporter_says_so(exporter: ExporterInTest) -> None:
    """Once in the log, with where it listens, and on its page."""
    page = exporter.client.get("/").text
    exporter.client.__exit__()

    assert [line["host"] for line in exporter.lines("exporter_open")] == ["127.0.0.1"]
    assert exporter.lines("access_restricted") == []
    assert "Access is open" in page


def test_a_restricted_exporter_says_so(restricted: ExporterInTest) -> None:
    """With the number of tenants, never with a hash, and its page shows how to send a token."""
    page = restricted.client.get("/").text
    restricted.client.__exit__()

    assert [line["tenants"] for line in restricted.lines("access_restricted")] == [2]
    assert restricted.lines("exporter_open") == []
    assert "Access is restricted" in page
    assert "Authorization=Bearer%20" in page
