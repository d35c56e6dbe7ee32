"""Passing on: what is delivered, what is tried again, what is given up, and that none of it holds up ingest."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.support.forwarding import Bench, settle

from watchkeeper.exporter.sinks.forward import MAX_AGE_SECONDS, retry_after

PROTOBUF = "application/x-protobuf"
BODY = b"x" * 100
VIA = "1.1 watchkeeper-test"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A bench whose client is closed at the end."""
    bench = Bench()
    yield bench
    await bench.client.aclose()


async def test_a_batch_arrives_as_it_was_with_the_destination_s_headers(bench: Bench) -> None:
    """Path by signal, body and type unchanged, keys added, and who passed it on."""
    forwarder = bench.forwarder(endpoint="https://cloud.example/api/public/otel/", headers={"Authorization": "Basic k"})
    forwarder.start()

    forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(1)

    (request,) = bench.seen
    assert str(request.url) == "https://cloud.example/api/public/otel/v1/traces"
    assert request.content == BODY
    sent = {name: request.headers[name] for name in ("content-type", "authorization", "via")}
    assert sent == {"content-type": PROTOBUF, "authorization": "Basic k", "via": VIA}
    assert bench.meter.counts == {"sent traces": 1}
    assert bench.meter.size == 0


@pytest.mark.parametrize(
    ("failure", "counts"),
    [
        pytest.param(httpx.Response(429), {"retried": 3, "sent traces": 1}, id="asked to come again"),
        pytest.param(httpx.Response(502), {"retried": 3, "sent traces": 1}, id="a bad gateway"),
        pytest.param(httpx.Response(503), {"retried": 3, "sent traces": 1}, id="not available"),
        pytest.param(httpx.Response(504), {"retried": 3, "sent traces": 1}, id="a gateway's time-out"),
        pytest.param(httpx.ConnectError("refused"), {"retried": 3, "sent traces": 1}, id="no one listens"),
        pytest.param(httpx.ReadTimeout("slow"), {"retried": 3, "sent traces": 1}, id="no answer in time"),
        pytest.param(httpx.Response(400), {"dropped refused": 1}, id="the batch is wrong"),
        pytest.param(httpx.Response(401), {"dropped refused": 1}, id="the key is wrong"),
        pytest.param(httpx.Response(500), {"dropped refused": 1}, id="an error that coming again would repeat"),
        pytest.param(httpx.Response(301), {"dropped refused": 1}, id="moved elsewhere"),
    ],
)
async def test_only_what_may_pass_is_tried_again(
    bench: Bench, failure: httpx.Response | Exception, counts: dict[str, int]
) -> None:
    """OTLP says which answers are temporary; everything else would fail forever."""

    def fail_three_times(_request: httpx.Request) -> httpx.Response:
        if len(bench.seen) > 3:
            return httpx.Response(200)
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure.status_code)

    bench.answer = fail_three_times
    forwarder = bench.forwarder()
    forwarder.start()

    forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(1)

    assert bench.meter.counts == counts


async def test_waiting_doubles_up_to_half_a_minute_until_the_batch_is_too_old(bench: Bench) -> None:
    """0.5, 1, 2 … 30 seconds, the same every time, and after five minutes the batch is given up."""
    bench.answer = lambda _request: httpx.Response(503)
    forwarder = bench.forwarder()
    forwarder.start()

    forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(0)

    assert bench.clock.waits[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert sum(bench.clock.waits) == pytest.approx(MAX_AGE_SECONDS, abs=31)
    assert bench.meter.counts["dropped too_old"] == 1
    assert bench.meter.size == 0


async def test_success_forgets_the_failures_before_it(bench: Bench) -> None:
    """The next outage begins with a short wait again."""
    answers = iter([503, 503, 200, 503, 200])
    bench.answer = lambda _request: httpx.Response(next(answers))
    forwarder = bench.forwarder()
    forwarder.start()

    for _ in range(2):
        forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(0)

    assert bench.clock.waits[:3] == [0.5, 1, 0.5]


async def test_a_backend_s_own_wish_is_respected(bench: Bench) -> None:
    """Retry-After is longer than the first wait would be."""
    answers = iter([httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(200)])
    bench.answer = lambda _request: next(answers)
    forwarder = bench.forwarder()
    forwarder.start()

    forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(0)

    assert bench.clock.waits[0] == 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("12", 12, id="seconds"),
        pytest.param("Sat, 21 Nov 2026 08:00:30 GMT", 30, id="a date"),
        pytest.param("Sat, 21 Nov 2026 07:00:00 GMT", 0, id="a date that is over"),
        pytest.param("", 0, id="nothing"),
        pytest.param("soon", 0, id="a word"),
        pytest.param("9" * 400, 0, id="more digits than a float has"),
    ],
)
def test_retry_after_is_read_in_all_its_forms(header: str, seconds: float) -> None:
    """A number of seconds, an HTTP date, or nothing that helps."""
    now = 1795248000.0  # 2026-11-21 08:00:00 UTC

    assert retry_after({"retry-after": header}, now) == seconds


async def test_a_full_queue_drops_the_newest_and_keeps_its_bound(bench: Bench) -> None:
    """Two bodies fit into the bound; the third is counted, at once."""
    forwarder = bench.forwarder(queue_bytes=250)

    for _ in range(3):
        forwarder.offer("traces", BODY, PROTOBUF, VIA)

    assert bench.meter.counts == {"dropped queue_full": 1}
    assert bench.meter.size == 200


async def test_empty_bodies_do_not_fill_the_queue_without_end(bench: Bench) -> None:
    """They weigh nothing, so their number is bounded too."""
    forwarder = bench.forwarder()

    for _ in range(10_001):
        forwarder.offer("traces", b"", PROTOBUF, VIA)

    assert bench.meter.counts == {"dropped queue_full": 1}


@pytest.mark.parametrize(
    "via",
    [
        pytest.param("1.1 caf\u00e9", id="not ASCII"),
        pytest.param("1.1 a\x01b", id="a control character"),
        pytest.param("1.1 a" * 500, id="endless"),
    ],
)
async def test_what_others_wrote_cannot_keep_a_batch_from_going(bench: Bench, via: str) -> None:
    """Of a header that cannot be sent only our own part goes on."""
    forwarder = bench.forwarder()
    forwarder.start()

    forwarder.offer("traces", BODY, PROTOBUF, f"{via}, {VIA}")
    await settle(forwarder)
    await forwarder.stop(0)

    (request,) = bench.seen
    assert request.headers["via"] == VIA


async def test_a_hanging_backend_holds_up_no_one(bench: Bench) -> None:
    """While one delivery never ends, ten thousand offers return, the bound holds, and stopping keeps its deadline."""
    never = asyncio.Event()

    async def hang(_request: httpx.Request) -> httpx.Response:
        await never.wait()
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as bench.client:
        forwarder = bench.forwarder(queue_bytes=1000)
        forwarder.start()
        await asyncio.sleep(0)

        for _ in range(10_000):
            forwarder.offer("traces", BODY, PROTOBUF, VIA)
        await asyncio.sleep(0)
        held = bench.meter.size
        await forwarder.stop(5)

    assert held == 1000
    assert bench.clock.waits == [5]
    assert bench.meter.counts == {"dropped queue_full": 9_990, "dropped shutdown": 10}
    assert bench.meter.size == 0


async def test_stopping_delivers_what_waits(bench: Bench) -> None:
    """A backend that answers gets everything; afterwards nothing more is taken."""
    forwarder = bench.forwarder()
    forwarder.start()
    for _ in range(5):
        forwarder.offer("traces", BODY, PROTOBUF, VIA)

    await forwarder.stop(60)
    forwarder.offer("traces", BODY, PROTOBUF, VIA)

    assert bench.meter.counts == {"sent traces": 5, "dropped shutdown": 1}


async def test_a_partial_success_is_counted(bench: Bench) -> None:
    """A backend that refuses some records says so in a reply of 200."""
    reply = ExportTraceServiceResponse()
    reply.partial_success.rejected_spans = 2
    answers = iter(
        [
            httpx.Response(200, content=reply.SerializeToString(), headers={"content-type": PROTOBUF}),
            httpx.Response(200, json={"partialSuccess": {"rejectedSpans": "2"}}),
            httpx.Response(200, json={"partialSuccess": {"rejectedSpans": "0"}}),
        ]
    )
    bench.answer = lambda _request: next(answers)
    forwarder = bench.forwarder()
    forwarder.start()

    for _ in range(3):
        forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(0)

    assert bench.meter.counts == {"sent traces": 3, "dropped partly_refused": 2}


async def test_content_is_removed_once_and_only_where_it_is_not_wanted(bench: Bench) -> None:
    """A retried batch is not cleaned twice, and a destination that may see content gets the bytes as they came."""
    cleaned: list[bytes] = []

    def strip(_signal: str, body: bytes, _is_json: bool) -> bytes:
        cleaned.append(body)
        return b"clean"

    answers = iter([503, 200, 200])
    bench.answer = lambda _request: httpx.Response(next(answers))
    for content in (False, True):
        forwarder = bench.forwarder(strip=strip, content=content)
        forwarder.start()
        forwarder.offer("traces", BODY, PROTOBUF, VIA)
        await settle(forwarder)
        await forwarder.stop(0)

    assert [request.content for request in bench.seen] == [b"clean", b"clean", BODY]
    assert cleaned == [BODY]
    assert bench.meter.size == 0


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(ValueError, "undecodable", id="a body that cannot be read might hold anything, and is not sent"),
        pytest.param(RuntimeError, "internal_error", id="an unforeseen failure"),
    ],
)
async def test_a_body_that_cannot_be_cleaned_costs_one_batch(
    failure: type[Exception], reason: str, bench: Bench
) -> None:
    """It is dropped with its reason, and the worker goes on with the next one."""

    def strip(_signal: str, body: bytes, _is_json: bool) -> bytes:
        if body == b"bad":
            raise failure(body)
        return body

    forwarder = bench.forwarder(strip=strip, content=False)
    forwarder.start()

    forwarder.offer("traces", b"bad", PROTOBUF, VIA)
    forwarder.offer("traces", BODY, PROTOBUF, VIA)
    await settle(forwarder)
    await forwarder.stop(0)

    assert bench.meter.counts == {f"dropped {reason}": 1, "sent traces": 1}


class Taken:
    """Remembers which bodies were looked at."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes, bool]] = []

    async def take(self, signal: str, body: bytes, *, is_json: bool) -> None:
        """Remember one."""
        self.bodies.append((signal, body, is_json))


async def test_samples_are_of_what_was_acknowledged_whole(bench: Bench) -> None:
    """As it was sent, without content; what was refused, or in part, is known to be missing already."""
    partial = b'{"partialSuccess": {"rejectedSpans": "1"}}'
    answers = iter(
        [
            httpx.Response(400),
            httpx.Response(200, content=partial, headers={"content-type": "application/json"}),
            httpx.Response(503),
            httpx.Response(202),
        ]
    )
    bench.answer = lambda _request: next(answers)
    taken = Taken()
    forwarder = bench.forwarder(samples=taken, content=False, strip=lambda _signal, body, _is_json: body[:1])
    forwarder.start()

    for body in (b"refused", b"partly", b"whole"):
        forwarder.offer("traces", body, "application/json", VIA)
    await settle(forwarder)
    await forwarder.stop(1)

    assert taken.bodies == [("traces", b"w", True)]
