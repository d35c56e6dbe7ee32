"""What is refused at the head of a request: as further inside, for the same reasons, and counted the same."""

import asyncio
import hashlib
import io
import json
from collections import Counter

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.responses import Response

from watchkeeper.config import load_config
from watchkeeper.config.access import TenantLimits
from watchkeeper.exporter.app import build_app
from watchkeeper.exporter.ingest.access import Access
from watchkeeper.exporter.ingest.answer import BUSY, json_failure
from watchkeeper.exporter.ingest.door import Door, Headers
from watchkeeper.exporter.ingest.otlp_routes import OTLP_PATHS, failing
from watchkeeper.exporter.ingest.turns import Overloaded, Turns
from watchkeeper.serving import connections
from watchkeeper.serving.connections import refusing
from watchkeeper.serving.listener import listen
from watchkeeper.serving.middleware import HttpMetrics

JSON, PROTOBUF = "application/json", "application/x-protobuf"
TOKENS = {"acme": "wk_acme", "globex": "wk_globex"}
# POST routes that do not wait for a turn: what they are asked must be answered at any load.
WITHOUT_TURN = {"/v1/alerts", "/v1/budget/check", "/v1/langfuse/webhook"}


class Clock:
    """Time that passes when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self.now


class Full:
    """A door behind which requests of one tenant wait for as long as a test lasts."""

    def __init__(self, *, limits: TenantLimits | None = None, is_restricted: bool = False) -> None:
        self.clock = Clock()
        self.turns = Turns(self.clock)
        self.registry = CollectorRegistry()
        self.counted: Counter[tuple[str, str]] = Counter()
        digests = [(tenant, hashlib.sha256(token.encode()).hexdigest()) for tenant, token in TOKENS.items()]
        self.access = Access(digests if is_restricted else [], lambda _: limits or TenantLimits(), self.clock)
        metrics = HttpMetrics(self.registry)
        self.door = Door(self.turns, self.access, lambda *of: self.counted.update([of]), metrics)

        self._tasks: list[asyncio.Task[None]] = []

    async def wait(self, tenant: str) -> None:
        """A turn that takes long, then one that does not end and many that wait for it."""
        async with self.turns.take(tenant):
            self.clock.now += 100
        self._tasks += [asyncio.create_task(self._hold(tenant)) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _hold(self, tenant: str) -> None:
        try:
            async with self.turns.take(tenant):
                await asyncio.Event().wait()
        except Overloaded:
            pass

    def knock(self, path: str = "/v1/traces", kind: str = PROTOBUF, token: str = "") -> Response | None:
        """Come with the head of a request."""
        headers = [(b"content-type", kind.encode()), (b"x-correlation-id", b"known")]
        return self.door.refuse(path.encode(), [*headers, (b"authorization", f"Bearer {token}".encode())])


async def waited_for(tenant: str = "", *, limits: TenantLimits | None = None, is_restricted: bool = False) -> Full:
    """A door behind which requests of a tenant wait; they are forgotten with the loop."""
    full = Full(limits=limits, is_restricted=is_restricted)
    await full.wait(tenant)
    return full


def app_routes() -> dict[str, set[str]]:
    """The methods of the exporter's routes by their path."""
    app = build_app(load_config(None, {}), io.BytesIO())
    found = app.openapi()["paths"]
    plain = {route.path: route.methods for route in app.router.routes if getattr(route, "methods", None)}  # type: ignore[attr-defined]
    return {path: {name.upper() for name in methods} for path, methods in found.items()} | plain


def test_every_route_whose_requests_wait_has_the_door() -> None:
    """A new one would be refused at five times the cost."""
    posts = {path for path, methods in app_routes().items() if "POST" in methods and not path.startswith("/alerts")}
    taking = {path for path in posts if path.startswith(("/v1/", "/api/"))}

    door = Full().door

    assert {path for path in taking - WITHOUT_TURN if "inbox" not in path} == door.paths


async def test_while_no_one_waits_and_few_come_everyone_comes_in() -> None:
    """Nothing is looked at."""
    assert Full().knock() is None


async def test_who_comes_at_one_pass_counts_as_if_he_waited() -> None:
    """Of a hundred heads at once, with turns of 50 ms, as many are let in as half a second is enough for."""
    full = Full()
    full.clock.now += 100
    for _ in range(100):
        async with full.turns.take(""):
            full.clock.now += 0.05

    answers = [full.knock() for _ in range(100)]
    await asyncio.sleep(0)
    next_pass = full.knock()

    # The first four are not counted.
    assert len([answer for answer in answers if answer is None]) in (14, 15)
    assert answers[99] is not None
    assert next_pass is None


@pytest.mark.parametrize("kind", [JSON, f"{JSON}; charset=utf-8", PROTOBUF, "text/plain"])
@pytest.mark.parametrize("path", sorted(Full().door.paths))
async def test_the_answer_is_the_one_of_the_route(path: str, kind: str) -> None:
    """In its format, with a time to come again, and counted by route and reason."""
    full = await waited_for()

    answer = full.knock(path, kind)

    assert answer is not None
    expected = (failing(kind.split(";", maxsplit=1)[0]) if path in OTLP_PATHS else json_failure)(429, BUSY)
    assert (answer.status_code, answer.body) == (429, expected.body)
    assert answer.headers["content-type"] == expected.headers["content-type"]
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert answer.headers["x-correlation-id"] == "known"
    assert full.counted == {(path, "overloaded"): 1}
    exposed = generate_latest(full.registry).decode()
    assert f'http_requests_total{{method="POST",route="{path}",status="429"}} 1.0' in exposed
    assert f'http_request_duration_seconds_count{{method="POST",route="{path}"}} 1.0' in exposed


async def test_they_come_again_at_different_times() -> None:
    """As further inside."""
    full = await waited_for()

    waits = {answer.headers["retry-after"] for _ in range(100) if (answer := full.knock())}

    assert len(waits) > 3


@pytest.mark.parametrize("path", ["/metrics", "/health", "/v1/alerts", "/v1/budget/check", "/", "/v1/traces/"])
async def test_what_must_be_answered_is_not_refused(path: str) -> None:
    """Nor is what is not known to wait: it goes the long way."""
    full = await waited_for()

    assert full.knock(path) is None


async def test_who_does_not_send_too_much_comes_in() -> None:
    """Only the tenant behind whose requests others of his would wait is refused; whom no one knows is told inside."""
    full = await waited_for("acme", is_restricted=True)

    assert full.knock(token="wk_acme")
    assert full.knock(token="wk_globex") is None
    assert full.knock(token="wk_other") is None
    assert full.counted == {("/v1/traces", "overloaded"): 1}


async def test_a_tenants_own_limit_comes_first() -> None:
    """With its reason and its time; and who comes in takes no place at the door."""
    full = await waited_for("acme", is_restricted=True, limits=TenantLimits(requests_per_second=1))
    with full.access.enter("Bearer wk_globex"):
        pass

    refused = full.knock(token="wk_globex")
    full.clock.now += 1
    let_in = [full.knock(token="wk_globex") for _ in range(3)]

    assert refused is not None
    assert refused.headers["retry-after"] == "1"
    assert full.counted == {("/v1/traces", "rate_limited"): 1}
    assert let_in == [None, None, None]


async def test_over_a_socket_what_is_acknowledged_counts_and_the_rest_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many connections at once: each request is answered, and taken or counted as refused."""
    # However slow this machine is: no client is taken for one that stalls.
    monkeypatch.setattr(connections, "HEAD_SECONDS", 300.0)
    app = build_app(load_config(None, {}), io.BytesIO())
    listener = listen("127.0.0.1", 0)
    at_the_door: list[Response | None] = []

    def refuse(path: bytes, headers: Headers) -> Response | None:
        at_the_door.append(app.state.refuse(path, headers))
        return at_the_door[-1]

    config = uvicorn.Config(
        app, http=refusing(refuse), ws="none", log_config=None, access_log=False, timeout_keep_alive=300
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    event = {"type": "llm_call", "service": "s", "provider": "openai", "model": "gpt-4o-mini", "input_tokens": 1}
    body = json.dumps([event] * 100).encode()
    limits = httpx.Limits(max_connections=100)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=300, trust_env=False) as client:
            sent = [client.post("/v1/events", content=body, headers={"content-type": JSON}) for _ in range(200)]
            statuses = Counter(answer.status_code for answer in await asyncio.gather(*sent))
            empty = ExportTraceServiceRequest().SerializeToString()
            after = await client.post("/v1/traces", content=empty, headers={"content-type": PROTOBUF})
            exposition = (await client.get("/metrics")).text
    finally:
        server.should_exit = True
        await serving

    assert set(statuses) == {200, 429}
    assert 0 < len([answer for answer in at_the_door if answer]) <= statuses[429]
    assert after.status_code == 200
    assert f'route="/v1/events",outcome="overloaded"}} {statuses[429]}' in exposition
    assert f'route="/v1/events",outcome="accepted"}} {statuses[200]}' in exposition
    assert f'route="/v1/events",status="429"}} {statuses[429]}.0' in exposition
