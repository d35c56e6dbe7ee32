"""One record that fails, or one sink, never takes the others with it."""

import io
from collections.abc import Iterator

import msgspec
import pytest
from tests.support.facts import NOW, NOW_NS, chat_attributes, make_span

from watchkeeper.config import load_config
from watchkeeper.exporter.batch import Receipt
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.sinks.fan_out import FanOut
from watchkeeper.model import Fact, LlmCall, LogRecord, Rejection
from watchkeeper.prices.book import PriceBook


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def take(self, fact: Fact, _now: float) -> None:
        """Keep one fact."""
        self.facts.append(fact)


class Broken:
    """A sink that takes nothing."""

    def take(self, _fact: Fact, _now: float) -> None:
        """Fail."""
        raise RuntimeError("disk full")


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    """The parts of an exporter, not started."""
    parts = Exporter(load_config(None, {}), io.BytesIO())
    yield parts
    parts.writer.close()


def dropped(exporter: Exporter) -> dict[tuple[str, ...], object]:
    """What was left out, by stage and reason."""
    family = exporter.store.families["watchkeeper_ingest_dropped_total"]
    return {values: series.value for values, series in family.series.items()}


def test_a_sink_that_fails_keeps_nothing_from_the_others(exporter: Exporter) -> None:
    """The fact reaches the sinks around it, and the loss is counted."""
    before, after = Kept(), Kept()
    exporter.pipeline._fan_out = FanOut((before, Broken(), after))

    receipt = exporter.pipeline.take("traces", enumerate([make_span(chat_attributes())]), [], NOW_NS)

    assert (len(before.facts), len(after.facts), receipt.accepted) == (1, 1, 1)
    assert dropped(exporter) == {("Broken", "sink_failed"): 1}


def test_a_record_that_fails_keeps_nothing_from_its_neighbours(exporter: Exporter) -> None:
    """A record that no one foresaw is refused with its place; the others count."""
    kept = Kept()
    exporter.pipeline._fan_out = FanOut((kept,))
    good = [make_span(chat_attributes(), span_id=f"{n:016x}") for n in (1, 2)]
    impossible = msgspec.structs.replace(good[0], attributes=None)

    receipt = exporter.pipeline.take("traces", enumerate([good[0], impossible, good[1]]), [], NOW_NS)

    assert (receipt.accepted, len(kept.facts)) == (2, 2)
    assert [(r.reason, r.index) for r in receipt.rejections] == [("internal_error", 1)]


def test_what_could_not_be_decoded_is_counted_with_the_rest(exporter: Exporter) -> None:
    """Rejections of the decoder are on the receipt and in the counter."""
    unread = [Rejection(reason="malformed_span", detail="spans[0]: broken", index=0)]

    receipt = exporter.pipeline.take("traces", [], unread, NOW_NS)

    assert (receipt.accepted, receipt.rejections) == (0, tuple(unread))
    family = exporter.store.families["watchkeeper_ingest_rejected_total"]
    assert family.series["traces", "malformed_span"].value == 1


def test_the_lag_of_telemetry(exporter: Exporter) -> None:
    """How old the newest fact was when it arrived; a clock that is ahead is no lag."""
    lag = exporter.store.families["watchkeeper_ingest_lag_seconds"]

    exporter.pipeline.take("traces", enumerate([make_span(chat_attributes())]), [], NOW_NS + 5 * 10**9)
    assert lag.series[()].value == 5
    exporter.pipeline.take(
        "traces", enumerate([make_span(chat_attributes(), span_id="1" * 16)]), [], NOW_NS - 5 * 10**9
    )
    assert lag.series[()].value == 0


@pytest.mark.parametrize(
    ("count", "end"), [(0, ""), (1, "r0"), (10, "r9"), (13, "r9; and 3 more")], ids=["none", "one", "ten", "thirteen"]
)
def test_a_receipt_reports_the_first_reasons(count: int, end: str) -> None:
    """A reply stays short however much was refused."""
    rejections = tuple(Rejection(reason="x", detail=f"r{n}") for n in range(count))

    detail = Receipt(accepted=0, rejections=rejections).detail

    assert detail.endswith(end)
    assert detail.count(";") <= 10


def test_times_are_times(exporter: Exporter) -> None:
    """The time of arrival is what the counters are born at."""
    exporter.pipeline.take("traces", enumerate([make_span(chat_attributes())]), [], NOW_NS)

    (series,) = exporter.store.families["llm_requests_total"].series.values()
    assert series.created == NOW


def test_a_run_of_a_tool_that_two_instrumentations_report(exporter: Exporter) -> None:
    """It counts once, though its spans come in two requests, and the other one is reported as left out."""
    kept = Kept()
    exporter.pipeline._fan_out = FanOut((kept,))
    ran = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    lower = make_span(ran, scope="autogen-core", parent_span_id="b" * 16)
    upper = make_span(
        {"openinference.span.kind": "TOOL", "tool.name": "search"},
        scope="openinference.instrumentation.autogen_agentchat",
        span_id="b" * 16,
    )

    exporter.pipeline.take("traces", enumerate([lower]), [], NOW_NS)
    exporter.pipeline.take("traces", enumerate([upper]), [], NOW_NS)

    assert [fact.context.span_id for fact in kept.facts] == [lower.span_id]
    assert dropped(exporter) == {("watch", "told_twice"): 1}


@pytest.mark.parametrize("has_span", [True, False])
def test_a_call_that_a_log_event_reports(exporter: Exporter, *, has_span: bool) -> None:
    """An application that sends only log events is counted by them; one that sends spans too, by those."""
    kept = Kept()
    exporter.pipeline._fan_out = FanOut((kept,))
    attributes = chat_attributes(**{"gen_ai.input.messages": [{"role": "user", "parts": ["a secret"]}]})
    span = make_span(chat_attributes())
    event = LogRecord(
        time_ns=0,
        trace_id=span.trace_id,
        span_id=span.span_id,
        event_name="gen_ai.client.inference.operation.details",
        attributes=attributes,
        resource={"service.name": "shop"},
        scope="opentelemetry.util.genai.handler",
    )

    exporter.pipeline.take("logs", enumerate([event]), [], NOW_NS)
    exporter.pipeline.take("traces", enumerate([span] if has_span else []), [], NOW_NS)
    exporter.pipeline.release(NOW_NS + 60 * 10**9)

    (call,) = kept.facts
    assert isinstance(call, LlmCall)
    assert (call.context.service, call.context.model, call.context.time_ns) == (
        "shop",
        "gpt-4o-mini-2024-07-18",
        NOW_NS,
    )
    assert (call.usage.input, call.usage.output, call.content) == (100, 20, None)
    assert (call.duration_seconds is None) is not has_span
    assert dropped(exporter) == ({("watch", "told_twice"): 1} if has_span else {})


def test_a_call_that_fails_after_its_wait_is_counted_as_rejected(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No one waits for a reply by then; the counter is all there is."""
    call = make_span(chat_attributes(), scope="com.anthropic.sdk.python")
    exporter.pipeline.take("traces", enumerate([call]), [], NOW_NS)
    monkeypatch.setattr(PriceBook, "price", lambda *_: 1 / 0)

    exporter.pipeline.release(NOW_NS + 60 * 10**9)

    family = exporter.store.families["watchkeeper_ingest_rejected_total"]
    assert family.series["traces", "internal_error"].value == 1
