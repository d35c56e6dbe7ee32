"""However the spans of an application arrive, they come to the same facts and the same traces."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import NOW_NS
from tests.support.golden import spans_of

from watchkeeper.config import load_config
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.sinks.fan_out import FanOut
from watchkeeper.model import Fact, Span, Trace

# Agents with tools, searches, failed calls and retries, as real clients reported them.
PAYLOADS = (
    ("opentelemetry-util-genai-1.3b0", "handler_agent.1"),
    ("opentelemetry-util-genai-1.3b0", "handler_rag.1"),
    ("openinference-0.1.66", "lc_agent.1"),
    ("openinference-0.1.66", "errors.1"),
    ("openai-agents-0.24.0+openinference-2.6.0", "agent.1"),
    ("langfuse-5.0.4", "agent.1"),
    ("vercel-ai-sdk-6.0.326", "ai_agent.1"),
)
STEP_NS = 10**8
HOUR_NS = 3600 * 10**9


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def take(self, fact: Fact, _now: float) -> None:
        """Keep one fact."""
        self.facts.append(fact)


@contextmanager
def exporter_that_keeps() -> Iterator[tuple[Exporter, Kept]]:
    """An exporter, not started, and all it reports."""
    exporter, kept = Exporter(load_config(None, {"WATCHKEEPER_USER_HASH_KEY": "a fixed key"}), io.BytesIO()), Kept()
    exporter.pipeline._fan_out = FanOut((kept, exporter.memories.traces))
    yield exporter, kept
    exporter.writer.close()


def reported(batches: list[list[Span]]) -> tuple[list[bytes], list[Trace]]:
    """The facts and the traces that the batches come to, a moment after one another, in an order of their own."""
    with exporter_that_keeps() as (exporter, kept):
        now_ns = NOW_NS
        for batch in batches:
            now_ns += STEP_NS
            exporter.pipeline.take("traces", enumerate(batch), [], now_ns)
            exporter.pipeline.release(now_ns)
        exporter.pipeline.release(now_ns + 3 * 10**9)
        exporter.pipeline.release(now_ns + HOUR_NS)
    facts = sorted(msgspec.json.encode(fact) for fact in kept.facts if not isinstance(fact, Trace))
    traces = [fact for fact in kept.facts if isinstance(fact, Trace)]
    return facts, sorted(traces, key=lambda trace: trace.context.trace_id)


def in_batches(spans: list[Span], chance: random.Random) -> list[list[Span]]:
    """The spans, and some of them again, in any order and any batches."""
    shuffled = [*spans, *chance.sample(spans, chance.randint(0, len(spans)))]
    chance.shuffle(shuffled)
    batches = []
    while shuffled:
        size = chance.randint(1, len(shuffled))
        batches.append(shuffled[:size])
        shuffled = shuffled[size:]
    return batches


@pytest.mark.parametrize(("library", "payload"), PAYLOADS)
@settings(max_examples=20)
@given(chance=st.randoms(use_true_random=False))
def test_the_way_of_arrival_makes_no_difference(library: str, payload: str, chance: random.Random) -> None:
    """Any order, any split into batches, any part of it sent twice: one truth, and every trace evaluated once."""
    spans = spans_of(library, payload)

    facts, traces = reported(in_batches(spans, chance))

    assert (facts, traces) == reported([spans])
    assert len(traces) == len({trace.context.trace_id for trace in traces})


def test_the_traces_of_a_real_agent() -> None:
    """What an agent of three calls and two tools comes to."""
    _, (trace,) = reported([spans_of("opentelemetry-util-genai-1.3b0", "handler_agent.1")])

    assert (trace.closed_by, trace.status, trace.context.agent) == ("root", "ok", "weather_agent")
    assert (trace.steps, trace.llm_calls, trace.tool_calls) == (5, 3, 2)
    assert (trace.input_tokens, trace.output_tokens) == (3387, 84)
    assert [run.tool for run in trace.tool_runs] == ["get_weather", "convert_temperature"]
    assert len({run.arguments_hash for run in trace.tool_runs} - {0}) == 2
