import pytest
from tests.support.facts import chat_attributes, make_span
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.exporter.normalise.anthropic_sdk import read
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.model import LlmCall

SCOPE = "com.anthropic.sdk.python"
SENT = Sums(calls={"ok": 6, "rate_limited": 1, "error": 1}, tokens=(7947, 6144, 1536, 90, 0))


@pytest.mark.parametrize(
    ("library", "scenario"),
    [
        ("traceloop-sdk-0.62.4", "anthropic.1"),
        ("opentelemetry-instrumentation-genai-anthropic-1.3b0", "anthropic.2"),
    ],
    ids=["version 1.17 beside OpenLLMetry", "version 2.11 beside OpenTelemetry's instrumentation"],
)
def test_what_the_sdk_sent_adds_up_to_what_happened(library: str, scenario: str) -> None:
    """The SDK's own spans report each of the eight calls once, with all tokens."""
    facts = facts_of(library, scenario, lambda span: span.scope == SCOPE)

    assert sum_up(facts) == SENT


@pytest.mark.parametrize(
    ("stop_reason", "meaning", "status"),
    [
        ("end_turn", ("stop",), "ok"),
        ("tool_use", ("tool_calls",), "ok"),
        ("max_tokens", ("length",), "ok"),
        ("refusal", ("content_filter",), "content_filtered"),
    ],
)
def test_the_stop_reason_is_the_finish_reason(stop_reason: str, meaning: tuple[str, ...], status: str) -> None:
    """The SDK reports why the model stopped in a word of its own."""
    span = make_span(chat_attributes(**{"anthropic.message.stop_reason": stop_reason}), scope=SCOPE)

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert (call.finish_reasons, call.status) == (meaning, status)


def test_a_request_that_asks_no_model_reports_nothing() -> None:
    """Lists of models and the like name no operation."""
    span = make_span({"http.request.method": "GET", "http.response.status_code": 200}, scope=SCOPE)

    assert list(read(span, read_context(span))) == []
