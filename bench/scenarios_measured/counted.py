"""What a scenario's conversations count: the demo's application, its model server and the exporter in one process.

Their waiting passes in virtual time, so that durations are those of the model server and the tools.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from demo_shape import shape_of
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.support.exporter import PROTOBUF, ExporterInTest, run_exporter
from tests.unit.demo.support import converse_all

from scenarios_measured.virtual_time import GivingUp, run_in_virtual_time
from watchkeeper.demo.scenarios import Scenario
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.operator.history.shape import Counted, Shape

# What the how-to says to add for the demo.
CONFIG = """
contracts: [{name: demo-orders, agent: [support-agent], when: [{branch: order_status, tools: [find_order]}]}]
privacy: {inspect: true}
"""
# As `watchkeeper demo` has it: what customers and models say here is invented.
os.environ.setdefault("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "span_only")
# Counters about calls that have no label for the service.
OF_NO_SERVICE = frozenset(
    one.name
    for one in METRICS
    if one.name.startswith("llm_") and one.name.endswith("_total") and "service" not in one.labels
)
_AT_ONCE = 200
_SETTLE_SECONDS = 60.0
_RUNS = "llm_trace_duration_seconds_count"
_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def counted(scenario: Scenario, conversations: int, folder: Path) -> Shape:
    """What so many conversations of a scenario add to each series."""
    config = folder / "watchkeeper.yml"
    config.write_text(CONFIG, encoding="utf-8")
    played = run_in_virtual_time(converse_all(scenario, conversations, GivingUp))
    with run_exporter(config=config) as exporter:
        for first in range(0, len(played.events), _AT_ONCE):
            answer = exporter.post_events(*played.events[first : first + _AT_ONCE])
            assert not answer.get("rejected"), answer
        spans = encode_spans(played.spans).SerializeToString()
        assert exporter.client.post("/v1/traces", content=spans, headers=PROTOBUF).is_success
        _wait_for_runs(exporter, conversations)
        text = exporter.exposition(_OPENMETRICS)
    shape = shape_of(text)
    return Shape(shape.conversations, [*shape.counted, *_of_no_service(text, scenario.services[0])])


def _of_no_service(text: str, service: str) -> Iterator[Counted]:
    """Counters that have no label for the service, with one that says whose conversations they counted."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in OF_NO_SERVICE:
                labels = {label: value for label, value in sample.labels.items() if value}
                yield Counted(sample.name, {**labels, "service": service}, sample.value)


def _wait_for_runs(exporter: ExporterInTest, conversations: int) -> None:
    """A run is evaluated some seconds after its root ended."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while exporter.value(_RUNS) < conversations:
        assert time.monotonic() < deadline, f"{exporter.value(_RUNS)} of {conversations} runs were evaluated"
        time.sleep(0.1)
