"""Who, where and when of a span: the part that all dialects share.

Each concept is a list of the attribute names under which clients report it; the first that is there wins.
"""

import msgspec

from watchkeeper.exporter.normalise.repositories import REPOSITORY, repository_named
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.model import Context, LogRecord, Span

SESSION = (
    "gen_ai.conversation.id",
    "session.id",
    "conversation.id",
    "traceloop.association.properties.session_id",
    "lmnr.association.properties.session_id",
    "ai.telemetry.metadata.sessionId",
)
USER = (
    "user.id",
    "enduser.id",
    "user.email",
    "user.account_uuid",
    "enduser.pseudo.id",
    "traceloop.association.properties.user_id",
    "lmnr.association.properties.user_id",
    "gen_ai.user",
    "gen_ai.request.user",
    "llm.user",
    "ai.telemetry.metadata.userId",
)
AGENT = ("gen_ai.agent.name",)
PROMPT = ("gen_ai.prompt.name",)
PROMPT_VERSION = ("gen_ai.prompt.version",)
TEAM = ("team", "service.team", "watchkeeper.team", "team.id", "team.name", "department", "cost_center")
TENANT = ("tenant", "tenant.id", "watchkeeper.tenant")
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")

_ABOUT_THE_CALL = frozenset(
    {*SESSION, *USER, *AGENT, *PROMPT, *PROMPT_VERSION, *TEAM, *TENANT, *ENVIRONMENT, *REPOSITORY}
)

# OpenTelemetry SDKs send unknown_service or unknown_service:<process> when no one named the service.
_UNNAMED_SERVICE = "unknown_service"


def read_context(span: Span, origin: Context | None = None) -> Context:
    """Return what the span and its resource report about who, where and when; model and provider are the dialect's.

    ``origin`` is ``read_resource`` of the span's resource, for who has it already: many spans share theirs.
    """
    if origin is None:
        origin = read_resource(span.resource)
    return _context(span.attributes, origin, (span.end_ns or span.start_ns, span.trace_id, span.span_id))


def read_log_context(record: LogRecord) -> Context:
    """Return what a log record and its resource report about who, where and when."""
    origin = read_resource(record.resource)
    return _context(record.attributes, origin, (record.time_ns, record.trace_id, record.span_id))


def read_resource(resource: Attributes) -> Context:
    """Return what a resource reports about everything under it: whose it is and where it runs."""
    return Context(
        time_ns=0,
        service=named_service(first_text(resource, "service.name")),
        environment=first_text(resource, *ENVIRONMENT),
        team=first_text(resource, *TEAM),
        tenant=first_text(resource, *TENANT),
        user_id=first_text(resource, *USER),
        repository=repository_named(first_text(resource, *REPOSITORY)),
    )


def read_attributes(origin: Context, attributes: Attributes) -> Context:
    """Return what attributes report under a resource, of which ``origin`` is ``read_resource``."""
    # most spans report nothing more, and one question is faster than thirty
    return origin if _ABOUT_THE_CALL.isdisjoint(attributes) else _with_call(origin, attributes)


def named_service(service: str) -> str:
    """The service, or nothing for the name that an SDK makes up."""
    return "" if service.startswith(_UNNAMED_SERVICE) else service


def _context(attributes: Attributes, origin: Context, position: tuple[int, str, str]) -> Context:
    time_ns, trace_id, span_id = position
    context = msgspec.structs.replace(origin, time_ns=time_ns, trace_id=trace_id, span_id=span_id)
    return read_attributes(context, attributes)


def _with_call(context: Context, attributes: Attributes) -> Context:
    """The context with what the call itself reports, which wins over the resource's."""
    return msgspec.structs.replace(
        context,
        environment=context.environment or first_text(attributes, *ENVIRONMENT),
        team=first_text(attributes, *TEAM) or context.team,
        tenant=first_text(attributes, *TENANT) or context.tenant,
        session_id=first_text(attributes, *SESSION),
        user_id=first_text(attributes, *USER) or context.user_id,
        agent=first_text(attributes, *AGENT),
        prompt=first_text(attributes, *PROMPT),
        prompt_version=first_text(attributes, *PROMPT_VERSION),
        repository=repository_named(first_text(attributes, *REPOSITORY)) or context.repository,
    )
