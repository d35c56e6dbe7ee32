"""Requests without content: nothing that people or models said is left, and everything else is."""

import json
from collections.abc import Callable

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.support.facts import make_span
from tests.support.otlp import as_json, as_protobuf

from watchkeeper.exporter.sinks.content_names import is_content
from watchkeeper.exporter.sinks.without_content import content_stripper
from watchkeeper.model import AttributeValue, Span, SpanEvent

SECRET = "what no one else may read"

CONTENT_NAMES = """
    gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions gen_ai.tool.definitions
    gen_ai.tool.call.arguments gen_ai.tool.call.result gen_ai.retrieval.query.text gen_ai.retrieval.documents
    gen_ai.prompt.0.content gen_ai.completion.0.content gen_ai.prompt gen_ai.completion gen_ai.evaluation.explanation
    llm.input_messages.0.message.content llm.output_messages.0.message.content llm.prompts llm.completions
    llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments llm.prompt_template.template
    llm.prompt_template.variables llm.tools.0.tool.json_schema llm.request.functions.0.name llm.openai.choices
    input.value output.value retrieval.documents.0.document.content retrieval.documents.0.document.metadata
    embedding.embeddings.0.embedding.text tool.parameters reranker.query document.content
    traceloop.entity.input traceloop.entity.output traceloop.prompt.template traceloop.prompt.template_variables.shop
    langfuse.observation.input langfuse.observation.output langfuse.trace.input langfuse.trace.output
    langfuse.observation.status_message langfuse.observation.metadata.question
    ai.prompt ai.prompt.messages ai.response.text ai.response.object ai.response.reasoning ai.response.toolCalls
    ai.toolCall.args ai.toolCall.result ai.value ai.values ai.embedding ai.telemetry.metadata.langfusePrompt
    pydantic_ai.all_messages final_result tool_arguments tool_response logfire.msg all_messages_events
    function.args function.kwargs exception.message exception.stacktrace error.message error.stack_trace
    mcp.request.argument.city http.request.body db.query.text db.statement
""".split()  # noqa: SIM905  # a hundred quotes hide the names

OTHER_NAMES = """
    gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model gen_ai.response.id
    gen_ai.response.finish_reasons gen_ai.prompt.name gen_ai.prompt.version gen_ai.output.type gen_ai.tool.name
    gen_ai.tool.call.id gen_ai.tool.type gen_ai.agent.name gen_ai.conversation.id gen_ai.evaluation.name
    gen_ai.prompt.0.role gen_ai.completion.0.finish_reason llm.output_messages.0.message.role llm.model_name
    llm.prompt_template.version openinference.span.kind input.mime_type retrieval.documents.0.document.id
    embedding.model_name tool.name traceloop.entity.name traceloop.workflow.name traceloop.span.kind
    traceloop.association.properties.session_id langfuse.observation.prompt.name langfuse.observation.type
    langfuse.observation.completion_start_time langfuse.observation.usage_details langfuse.trace.tags ai.model.id
    ai.response.finishReason ai.operationId exception.type error.type session.id server.address
    deployment.environment.name service.name http.route
""".split()  # noqa: SIM905  # as above

strip_content = content_stripper(lambda user_id: f"hash of {len(user_id)}")
Encode = Callable[..., bytes]
ENCODINGS = [pytest.param(as_protobuf, id="protobuf"), pytest.param(as_json, id="JSON")]


def strip(encode: Encode, *spans: Span) -> bytes:
    """The spans after a trip through the stripping, still encoded."""
    return strip_content("traces", encode(*spans), encode is as_json)


@pytest.mark.parametrize("name", CONTENT_NAMES)
@pytest.mark.parametrize("encode", ENCODINGS)
def test_every_dialect_s_content_goes(encode: Encode, name: str) -> None:
    """On the span, on its events, on its resource, and inside other attributes."""
    inner = {"harmless": {name: SECRET}, "list": [{name: SECRET}]}
    event = SpanEvent(name="event", time_ns=1, attributes={name: SECRET})
    span = make_span({name: SECRET, **inner}, events=(event,), resource={name: SECRET})

    stripped = strip(encode, span)

    assert SECRET.encode() in encode(span)
    assert SECRET.encode() not in stripped


@pytest.mark.parametrize("name", OTHER_NAMES)
@pytest.mark.parametrize("encode", ENCODINGS)
def test_what_is_not_content_stays(encode: Encode, name: str) -> None:
    """A backend needs names, ids, types and reasons to show a trace at all."""
    span = make_span({name: "kept"})

    assert strip(encode, span) == encode(span) or encode is as_json
    assert b"kept" in strip(encode, span)


@pytest.mark.parametrize("encode", ENCODINGS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 2000, id="a long text"),
        pytest.param('{"role": "user"}', id="a JSON object"),
        pytest.param("[{'text': 'hi'}]", id="Python's way to print a list"),
        pytest.param(b"x" * 2000, id="many bytes"),
        pytest.param([0.5] * 500, id="a vector"),
    ],
)
def test_large_and_structured_values_go_whatever_their_name(encode: Encode, value: AttributeValue) -> None:
    """No id, model or class looks like that: an unknown library's content does."""
    span = make_span({"acme.thing": value})

    assert b"acme.thing" not in strip(encode, span)


@pytest.mark.parametrize("encode", ENCODINGS)
@pytest.mark.parametrize("value", [7, 0.5, True], ids=["a count", "a score", "a flag"])
def test_numbers_stay_whatever_their_name(encode: Encode, value: AttributeValue) -> None:
    """Tokens of a prompt are no prompt."""
    span = make_span({"gen_ai.usage.prompt": value})

    assert b"gen_ai.usage.prompt" in strip(encode, span)


@pytest.mark.parametrize("encode", ENCODINGS)
def test_content_events_lose_all_their_attributes(encode: Encode) -> None:
    """What a message event carries is the message; when it happened stays."""
    span = make_span(events=(SpanEvent(name="gen_ai.user.message", time_ns=5, attributes={"plain": SECRET}),))

    stripped = strip(encode, span)

    assert SECRET.encode() not in stripped
    assert b"gen_ai.user.message" in stripped


@pytest.mark.parametrize("encode", ENCODINGS)
@pytest.mark.parametrize(
    ("message", "left"),
    [
        pytest.param(f"RateLimitError: Error code: 429 - {SECRET}", "RateLimitError", id="a class and a text"),
        pytest.param("openai.BadRequestError: no", "openai.BadRequestError", id="a class with its package"),
        pytest.param(SECRET, "", id="a text"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_of_a_status_message_the_class_stays(encode: Encode, message: str, left: str) -> None:
    """Providers quote prompts in the texts of their errors."""
    stripped = strip(encode, make_span(status_code=2, status_message=message))

    if encode is as_json:
        (span,) = json.loads(stripped)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert span["status"] == {"code": 2, "message": left}
    else:
        (span,) = ExportTraceServiceRequest.FromString(stripped).resource_spans[0].scope_spans[0].spans
        assert (span.status.code, span.status.message) == (2, left)


def test_ids_times_and_structure_survive() -> None:
    """Stripping a span of content changes nothing else of it, in either encoding."""
    reported = {"gen_ai.usage.input_tokens": 2**40, "stream": True, "model": "m"}
    clean = make_span(
        reported, parent_span_id="00f067aa0ba902b7", events=(SpanEvent(name="e", time_ns=3, attributes={}),)
    )
    full = make_span({**reported, "input.value": SECRET}, parent_span_id=clean.parent_span_id, events=clean.events)

    assert strip(as_protobuf, full) == as_protobuf(clean)
    assert json.loads(strip(as_json, full)) == json.loads(as_json(clean))


@pytest.mark.parametrize("is_json", [False, True], ids=["protobuf", "JSON"])
def test_bodies_of_log_records_go(is_json: bool) -> None:
    """A body is a message or a line that may quote one; which event it was stays."""
    if is_json:
        record = {"body": {"stringValue": SECRET}, "eventName": "gen_ai.choice", "severityNumber": 9}
        sent = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    else:
        request = ExportLogsServiceRequest()
        message = request.resource_logs.add().scope_logs.add().log_records.add(event_name="gen_ai.choice")
        message.body.string_value = SECRET
        sent = request.SerializeToString()

    stripped = strip_content("logs", sent, is_json)

    assert SECRET.encode() not in stripped
    assert b"gen_ai.choice" in stripped


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        pytest.param(b"\xff\xff", False, id="no protobuf"),
        pytest.param(b"{", True, id="no JSON"),
        pytest.param(b"[" * 100_000, True, id="JSON without end"),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, is_json: bool) -> None:
    """It might hold anything, so it may not go on."""
    with pytest.raises(ValueError, match="the body is not"):
        strip_content("traces", body, is_json)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'{"resourceSpans": null}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [null, 5, {"key": 1}, {"value": {}}]}]}]}]}',
        b'{"attributes": [{"key": "a", "value": {"kvlistValue": {"values": null}}}], "status": {"message": null}}',
    ],
)
def test_odd_json_does_no_damage(body: bytes) -> None:
    """Backends judge what they get; we only take content off."""
    assert strip_content("traces", body, True)  # noqa: FBT003  # as the forwarder calls it


def test_names_of_any_length_are_evaluated_quickly() -> None:
    """A name is cut before it is taken apart."""
    assert not is_content("a" * 1_000_000)


OTHER_TEXT = """
    acme.thing acme.name metadata.customer.name user.email enduser.name http.request.header.authorization
    llm.headers llm.headers.authorization url.full http.url agent.goal gen_ai.agent.goals llm.request.headers.x.name
    langfuse.observation.metadata.customer_name traceloop.association.properties.plan_name request.cookie.name
""".split()  # noqa: SIM905  # as above


@pytest.mark.parametrize("name", OTHER_TEXT)
@pytest.mark.parametrize("encode", ENCODINGS)
def test_what_is_on_no_list_does_not_pass(encode: Encode, name: str) -> None:
    """Headers, URLs, people, goals, and what an application or an unknown library writes."""
    span = make_span({name: SECRET}, events=(SpanEvent(name="e", time_ns=1, attributes={name: SECRET}),))

    assert SECRET.encode() not in strip(encode, span)


@pytest.mark.parametrize(
    "name", ["user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id"]
)
@pytest.mark.parametrize("encode", ENCODINGS)
@pytest.mark.parametrize("value", ["jane-4711", 123456789], ids=["text", "a number"])
def test_ids_of_users_become_hashes(encode: Encode, name: str, value: AttributeValue) -> None:
    """As on log lines, so that a backend can count users and not name them."""
    stripped = strip(encode, make_span({name: value}))

    assert b"hash of 9" in stripped
    assert b"jane-4711" not in stripped
    assert b"123456789" not in stripped


@pytest.mark.parametrize("name", ["gen_ai.request.model", "langfuse.trace.tags", "session.id", "exception.type"])
@pytest.mark.parametrize("value", ["sk-ant-api03-Zm9vYmFyYmF6", ["sk-ant-api03-Zm9vYmFyYmF6"]], ids=["text", "a list"])
@pytest.mark.parametrize("encode", ENCODINGS)
def test_what_passes_has_no_keys(encode: Encode, name: str, value: AttributeValue) -> None:
    """Also under names that may pass, and in lists."""
    assert b"Zm9vYmFyYmF6" not in strip(encode, make_span({name: value}, name="of sk-ant-api03-Zm9vYmFyYmF6"))


def test_a_text_in_the_place_of_a_number_does_not_pass() -> None:
    """JSON can say anything under any kind, and have fields that OTLP does not know."""
    values = [{kind: SECRET} for kind in ("intValue", "doubleValue", "boolValue", "bytesValue", "otherValue")]
    pairs = [{"key": "gen_ai.request.model", "value": value, "more": SECRET} for value in values]
    span = {"attributes": pairs, "more": SECRET, "status": {"code": 2, "more": SECRET}}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}], "more": SECRET}]}).encode()

    assert SECRET.encode() not in strip_content("traces", body, True)  # noqa: FBT003  # as above


def test_fields_that_otlp_does_not_know_do_not_pass() -> None:
    """A message in protobuf keeps what its reader does not know."""
    body = as_protobuf(make_span()) + bytes((0xFA, 0x01, len(SECRET))) + SECRET.encode()

    assert SECRET.encode() not in strip_content("traces", body, False)  # noqa: FBT003  # as above
