"""Which attributes of metrics name people or single calls, and which distinguish kinds of things."""

import pytest

from watchkeeper.exporter.ingest.metric_attributes import guarded_kind


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("user", "user.id user_id userId enduser.id gen_ai.user gen_ai.request.user llm.user x.user_id user.email"),
        ("user", "traceloop.association.properties.user_id ai.telemetry.metadata.userId client.address user_agent"),
        ("session", "session.id session_id x.sessionId traceloop.association.properties.session_id"),
        ("conversation", "gen_ai.conversation.id thread_id thread.id threadId chat_id x.conversation_id"),
        ("trace", "trace_id trace.id traceId span.id parent.id traceparent"),
        ("request", "request.id requestId http.request_id gen_ai.tool.call.id run_id x.invocation_id correlation-id"),
        ("response", "gen_ai.response.id response_id completion_id gen_ai.batch.id"),
        ("message", "message.id message_id msg_id document.id chunk_id file_id"),
        ("url", "url.full url.query http.url http.target url.path"),
    ],
)  # fmt: skip
def test_names_of_people_and_single_calls_are_known(kind: str, names: str) -> None:
    """In every spelling: dots, underscores, dashes, camel case, and below any prefix."""
    assert {name: guarded_kind(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


@pytest.mark.parametrize(
    "name",
    """
    gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model gen_ai.token.type error.type
    server.address server.port gen_ai.agent.name gen_ai.agent.id gen_ai.tool.name gen_ai.workflow.name stream
    gen_ai.data_source.id http.route http.request.method traceloop.association.properties.plan thread.name
    service.instance.id model_id deployment_id gen_ai.response.finish_reason openai.response.service_tier user_type
    """.split(),  # noqa: SIM905  # quotes would hide the names
)
def test_names_of_few_values_stay(name: str) -> None:
    """What distinguishes kinds of things is what metrics are for."""
    assert guarded_kind(name) == ""
