"""What a scenario's conversations count: the demo's application, its model server and the exporter in one process.

Nothing waits here, so durations are zero: scenarios about latency cannot be measured this way.
"""

import os
import time
from pathlib import Path

from demo_shape import shape_of
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from tests.support.exporter import PROTOBUF, ExporterInTest, run_exporter
from tests.unit.demo.support import play_scenario

from watchkeeper.demo.scenarios import Scenario
from watchkeeper.operator.history.shape import Shape

# What the how-to says to add for the demo.
CONFIG = """
contracts: [{name: demo-orders, agent: [support-agent], when: [{branch: order_status, tools: [find_order]}]}]
privacy: {inspect: true}
"""
# As `watchkeeper demo` has it: what customers and models say here is invented.
os.environ.setdefault("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "span_only")
_AT_ONCE = 200
_SETTLE_SECONDS = 60.0
_RUNS = "llm_trace_duration_seconds_count"
_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def counted(scenario: Scenario, conversations: int, folder: Path) -> Shape:
    """What so many conversations of a scenario add to each series."""
    config = folder / "watchkeeper.yml"
    config.write_text(CONFIG, encoding="utf-8")
    played = play_scenario(scenario, conversations)
    with run_exporter(config=config) as exporter:
        for first in range(0, len(played.events), _AT_ONCE):
            answer = exporter.post_events(*played.events[first : first + _AT_ONCE])
            assert not answer.get("rejected"), answer
        spans = encode_spans(played.spans).SerializeToString()
        assert exporter.client.post("/v1/traces", content=spans, headers=PROTOBUF).is_success
        _wait_for_runs(exporter, conversations)
        return shape_of(exporter.exposition(_OPENMETRICS))


def _wait_for_runs(exporter: ExporterInTest, conversations: int) -> None:
    """A run is evaluated some seconds after its root ended."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while exporter.value(_RUNS) < conversations:
        assert time.monotonic() < deadline, f"{exporter.value(_RUNS)} of {conversations} runs were evaluated"
        time.sleep(0.1)
