"""A backend that loses a part of what it acknowledged raises an alert; those that store all of it raise none.

Two backends for traces are a stand-in; Loki and Prometheus, to which logs and metrics go, are the real ones. Exporter
and analyzer are killed in between.
"""

import json
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import yaml
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually, eventually_equal
from tests.support.exporter import PROTOBUF
from tests.support.facts import chat_attributes, make_span
from tests.support.otlp import as_protobuf
from tests.support.ports import free_ports_of_a_bundle
from tests.support.stores import StoreServer, store_server

from watchkeeper.operator.standalone.records import Records
from watchkeeper.operator.standalone.supervise import start

ALERT = "WatchkeeperForwardNotStored"
AFTER_SECONDS = 5
STORED_WHOLE = {"keeps", "loki", "other-prometheus"}


@pytest.fixture(scope="module")
def losing() -> Iterator[StoreServer]:
    """A stand-in that loses every other span after it has acknowledged it."""
    with store_server() as server:
        server.swallows = lambda span_id: int(span_id, 16) % 2 == 1
        yield server


@pytest.fixture(scope="module")
def stack(losing: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that forwards to both, to a Loki and a Prometheus, and to one that cannot be asked."""
    folder = tmp_path_factory.mktemp("audit")
    ports = free_ports_of_a_bundle()
    with ExitStack() as exits:
        keeping = exits.enter_context(store_server())
        loki, prometheus = (f"http://127.0.0.1:{ports[name]}" for name in ("LOKI_PORT", "PROMETHEUS_PORT"))
        forward = [
            destination("loses", losing.url, "traces", {"api": "tempo", "url": losing.url}),
            destination("keeps", keeping.url, "traces", {"api": "langfuse", "url": keeping.url}),
            destination("loki", f"{loki}/otlp", "logs", {"api": "loki", "url": loki}),
            destination(
                "other-prometheus", f"{prometheus}/api/v1/otlp", "metrics", {"api": "prometheus", "url": prometheus}
            ),
            {"name": "collector", "endpoint": keeping.url},
        ]
        config = folder / "watchkeeper.yml"
        config.write_text(yaml.safe_dump({"forward": forward}), encoding="utf-8")
        yield start_stack(folder / "bundle", exits, environ={**ports, "WATCHKEEPER_CONFIG": str(config)})


def destination(name: str, endpoint: str, sent: str, audit: dict[str, str]) -> dict[str, object]:
    """An entry of forward that is asked after some seconds."""
    return {
        "name": name,
        "endpoint": endpoint,
        "signals": [sent],
        "audit": {**audit, "after_seconds": AFTER_SECONDS},
    }


def send(stack: Stack) -> None:
    """A span, a log record and a data point of now, with ids of their own."""
    now, trace_id, span_id = time.time_ns(), secrets.token_hex(16), secrets.token_hex(8)
    span = make_span(chat_attributes(), trace_id=trace_id, span_id=span_id, start_ns=now - 10**6, end_ns=now)
    logs, metrics = ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    name = KeyValue(key="service.name", value=AnyValue(string_value="audited"))
    holder = logs.resource_logs.add()
    holder.resource.attributes.append(name)
    holder.scope_logs.add().log_records.add(
        time_unix_nano=now, trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id)
    )
    measured = metrics.resource_metrics.add()
    measured.resource.attributes.append(name)
    gauge = measured.scope_metrics.add().metrics.add(name="audited.queue.depth", unit="{item}").gauge
    gauge.data_points.add(time_unix_nano=now, as_int=1)
    bodies = {"traces": as_protobuf(span), "logs": logs.SerializeToString(), "metrics": metrics.SerializeToString()}
    for path, body in bodies.items():
        assert stack.post(f"/v1/{path}", body, PROTOBUF).is_success


def counted(stack: Stack, outcome: str) -> set[str]:
    """The destinations of which some items had this outcome."""
    found = stack.query(f'sum by (destination) (watchkeeper_forward_audited_total{{outcome="{outcome}"}}) > 0')
    return {labels["destination"] for labels, _ in found}


def firing(stack: Stack) -> set[tuple[str, str]]:
    """Destination and signal of the alerts."""
    found = stack.query(f'ALERTS{{alertname="{ALERT}",alertstate="firing"}}')
    return {(labels["destination"], labels["signal"]) for labels, _ in found}


def sending(stack: Stack, names: set[str], outcome: str) -> bool:
    """Send once more, and see whether all of these had the outcome."""
    send(stack)
    return names <= counted(stack, outcome)


def fires(stack: Stack) -> bool:
    """Send once more, and see whether any alert fires."""
    send(stack)
    return bool(firing(stack))


def killed(stack: Stack, name: str) -> None:
    """Kill a process as the kernel does where memory is short, and start it again."""
    component, places = stack.components[name], stack.bundle.places
    record = Records(folder=places.run).read(name)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    start(component, places)


def test_what_a_backend_lost_raises_an_alert_and_nothing_else_does(stack: Stack) -> None:
    """Though exporter and analyzer were killed: items of before are found, and so is what was lost after."""
    eventually("all are found", lambda: sending(stack, STORED_WHOLE, "found"))
    for name in ("exporter", "analyzer"):
        killed(stack, name)
    eventually("both are there again", lambda: answers(stack, "exporter") and answers(stack, "analyzer"))

    eventually("the alert", lambda: fires(stack))
    eventually("all are found again", lambda: sending(stack, {*STORED_WHOLE, "loses"}, "found"))

    # What a busy machine did not scrape is nowhere until the next scrape.
    assert eventually("the alert goes on", lambda: firing(stack)) == {("loses", "traces")}
    assert eventually("what is missing", lambda: counted(stack, "missing")) == {"loses"}


def answers(stack: Stack, name: str) -> bool:
    """Whether a component is there again."""
    try:
        return stack.client.get(stack.url(name, "/health")).is_success
    except httpx.HTTPError:
        return False


def test_the_page_can_say_which_destination_is_not_asked(stack: Stack) -> None:
    """It is reported as such, and is in no number: neither as found nor as missing."""
    apis = {
        "loses": "tempo",
        "keeps": "langfuse",
        "loki": "loki",
        "other-prometheus": "prometheus",
        "collector": "none",
    }

    def asked() -> dict[str, str]:
        return {labels["destination"]: labels["api"] for labels, _ in stack.query("watchkeeper_forward_audit_info")}

    eventually_equal(asked, apis)
    eventually("others are asked", lambda: sending(stack, STORED_WHOLE, "found"))

    audited = {labels["destination"] for labels, _ in stack.query("watchkeeper_forward_audited_total > 0")}
    assert audited >= STORED_WHOLE
    assert "collector" not in audited


def test_a_loss_is_as_large_as_it_is(stack: Stack, losing: StoreServer) -> None:
    """Half of the samples are missing, as half of the spans are; so many samples can say so to within a third."""

    def share() -> float:
        send(stack)
        counts = {
            labels["outcome"]: value
            for labels, value in stack.query(
                'sum by (outcome) (watchkeeper_forward_audited_total{destination="loses"})'
            )
        }
        total = sum(counts.values())
        return counts.get("missing", 0.0) / total if total >= 40 else 0.0

    assert eventually("forty samples", share) == pytest.approx(0.5, abs=0.34)
    stored = sum(len(spans) for spans in losing.spans.values())
    assert 0 < stored < losing.acknowledged


def test_samples_have_nothing_of_what_was_said(stack: Stack) -> None:
    """Ids, names and times alone."""
    lines = [json.loads(one["line"]) for one in stack.lines('{event="forward_delivered"}')]

    fields = {"timestamp", "level", "event", "service", "destination", "signal", "item_time_ns"}
    of_signals = {"traces": {"trace_id", "span_id"}, "logs": {"trace_id", "span_id"}, "metrics": {"metric"}}
    assert {line["signal"] for line in lines} == set(of_signals)
    assert all(set(line) == fields | of_signals[line["signal"]] for line in lines)
