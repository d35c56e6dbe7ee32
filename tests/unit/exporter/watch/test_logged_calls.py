"""Calls that log events report, with a span beside them or without."""

import pytest
from tests.support.facts import TRACE_ID, make_call, make_context, make_span

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.logged_calls import LoggedCalls
from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.exporter.watch.same_call import SameCall
from watchkeeper.model import LlmCall, Span, Usage

LINGER_NS = 1_000
RESPONSE = "chatcmpl-0123456789abcdef"


class Judge:
    """Both memories of an exporter, and what came of what they saw."""

    def __init__(self) -> None:
        self.spans = Repeats(100)
        self.same_call = SameCall(linger_ns=10, capacity=100)
        self.logged = LoggedCalls(self.same_call, self.spans, linger_ns=LINGER_NS, capacity=100)
        self.counted: list[LlmCall] = []
        self.repeated = 0

    def see_span(self, span: Span, call: LlmCall, tenant: str = "") -> None:
        """Take a span as the pipeline does."""
        self.spans.is_repeat(key_of(tenant, span.span_id, within=span.trace_id))
        decision = self.same_call.see(span, call, 0, tenant)
        self.counted.extend(decision.count)

    def see_event(self, span: Span, call: LlmCall, tenant: str = "") -> None:
        """Take an event."""
        decision = self.logged.see(span, call, 0, tenant)
        self.counted.extend(decision.count)
        self.repeated += decision.repeated

    def wait(self) -> None:
        """Let all waits end."""
        for decision in (self.same_call.due(LINGER_NS), self.logged.due(LINGER_NS)):
            self.counted.extend(decision.count)
            self.repeated += decision.repeated


def reported(span_id: str = "a", *, response_id: str = RESPONSE, trace_id: str = TRACE_ID) -> tuple[Span, LlmCall]:
    """A call of a span; without a response it failed."""
    usage = Usage(input=10, output=2) if response_id else Usage()
    context = make_context(span_id=span_id, trace_id=trace_id)
    call = make_call(context=context, usage=usage, response_id=response_id, status="ok" if response_id else "timeout")
    return make_span(span_id=span_id, trace_id=trace_id), call


@pytest.mark.parametrize("response_id", [RESPONSE, ""], ids=["a call", "a failed call"])
@pytest.mark.parametrize("order", ["span first", "event first", "span after the wait"])
def test_a_call_with_a_span_counts_once(order: str, response_id: str) -> None:
    """The event adds nothing to its span, whichever comes first."""
    judge = Judge()
    if order == "span first":
        judge.see_span(*reported(response_id=response_id))
    judge.see_event(*reported(response_id=response_id))
    if order == "span after the wait":
        judge.wait()
    if order != "span first":
        judge.see_span(*reported(response_id=response_id))

    judge.wait()

    assert len(judge.counted) == 1


@pytest.mark.parametrize("span_id", ["a", ""], ids=["of a span that was not sampled", "outside of any span"])
def test_a_call_without_a_span_counts(span_id: str) -> None:
    """It counts after the wait, and not before."""
    judge = Judge()

    judge.see_event(*reported(span_id, trace_id=TRACE_ID if span_id else ""))
    before = len(judge.counted)
    judge.wait()

    assert (before, len(judge.counted)) == (0, 1)


def test_an_event_that_is_sent_again_counts_once() -> None:
    """A retried export brings the same event."""
    judge = Judge()
    for _ in range(2):
        judge.see_event(*reported("", response_id="", trace_id=""))

    judge.wait()

    assert (len(judge.counted), judge.repeated) == (1, 1)


def test_a_response_that_another_span_reported() -> None:
    """Another instrumentation reported the same response in a span of its own."""
    judge = Judge()
    judge.see_span(*reported("b"))
    judge.see_event(*reported("a"))

    judge.wait()

    assert [call.context.span_id for call in judge.counted] == ["b"]


def test_a_span_of_another_tenant_hides_no_event() -> None:
    """The same ids of two tenants are two calls."""
    judge = Judge()
    judge.see_span(*reported(), tenant="acme")
    judge.see_event(*reported(), tenant="globex")

    judge.wait()

    assert len(judge.counted) == 2


def test_an_event_that_begins_with_the_rest_of_another_tenants_name() -> None:
    """What "acme" says of "2foo" is not what "acme2" says of "foo"."""
    judge = Judge()
    judge.see_event(*reported("", response_id="", trace_id="2" + TRACE_ID), tenant="acme")
    judge.see_event(*reported("", response_id="", trace_id=TRACE_ID), tenant="acme2")

    judge.wait()

    assert len(judge.counted) == 2


def test_the_event_of_a_stream_outside_of_its_trace() -> None:
    """A short id is no proof between spans of two traces, but an event outside of any is not counted beside a span."""
    judge = Judge()
    judge.see_span(*reported("a", response_id="chatcmpl-7"))
    judge.see_event(*reported("", response_id="chatcmpl-7", trace_id=""))

    judge.wait()

    assert [call.context.span_id for call in judge.counted] == ["a"]
