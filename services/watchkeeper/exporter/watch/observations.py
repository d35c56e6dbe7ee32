"""A span that reports a model call, as little of it as is needed to see whether another span reports the same one."""

import re
from functools import lru_cache

import msgspec

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.model import LlmCall, Span

# Libraries that trace their own requests as soon as any tracer provider exists, and servers that trace what they serve.
# Spans of coding agents look at a call as their events do, and from below them.
_SELF_TRACING = ("com.anthropic.sdk", "vllm.", "com.anthropic.claude_code", "gemini-cli", "qwen-code", "codex")
# Libraries that call a client library, which may be instrumented as well.
_FRAMEWORKS = (
    "langchain",
    "llama_index",
    "llamaindex",
    "crewai",
    "dspy",
    "haystack",
    "smolagents",
    "litellm",
    "langsmith",
    "mlflow",
    "agents",
    "google_adk",
    "gcp.vertex.agent",
    "strands",
)
SELF_TRACED, CLIENT, FRAMEWORK = range(3)
# A framework may notice the end of a stream a little before the client library does.
SLACK_NS = 100_000_000
# JavaScript's clock reports the start of a span in whole milliseconds, and its end from there by a finer one.
_CLOCK_NS = 1_000_000
# Ids of large providers are random and long. Shorter ones repeat: Ollama's are chatcmpl- and a number below 1000.
_UNIQUE_LENGTH = 20
# What one library leaves of a model's name and another does not: the date of its release, and the provider before it.
_RELEASE = re.compile(r"[-@](20\d\d-?\d\d-?\d\d|latest)$")


class Observation(msgspec.Struct, eq=False, gc=False):
    """One span that reports a call; ``due_ns`` is when its wait ends, ``call`` is forgotten once it counted.

    ``family`` and the ids of response and spans are keys, so each tenant's own. ``response_key`` is the same for the
    same response only. ``input`` is 0 where it is not reported: some frameworks report a stream's as 0. ``service`` and
    ``trace_id`` may be empty.
    """

    call: LlmCall | None
    tenant: str
    family: str
    service: str
    trace_id: str
    input: int
    response_id: str
    response_key: str
    span_id: str
    parent_span_id: str
    start_ns: int
    end_ns: int
    height: int
    due_ns: int


def observation_of(span: Span, call: LlmCall, due_ns: int, tenant: str) -> Observation:
    """What to remember of a span and the call that it reports; ids and models are each tenant's own."""
    response_id = call.response_id and key_of(tenant, call.response_id)
    return Observation(
        call=call,
        tenant=tenant,
        family=_family(tenant, call.context.model),
        service=call.context.service,
        trace_id=call.context.trace_id,
        input=call.usage.input or 0,
        response_id=response_id,
        response_key=_short_key(tenant, call) if is_short(call.response_id) else response_id,
        span_id=span.span_id and key_of(tenant, span.span_id),
        parent_span_id=span.parent_span_id and key_of(tenant, span.parent_span_id),
        start_ns=_earliest_start_ns(span, call),
        end_ns=span.end_ns,
        height=_height(span.scope),
        due_ns=due_ns,
    )


@lru_cache(maxsize=4096)
def _family(tenant: str, model: str) -> str:
    """The key of the name by which a tenant asks for a model, whichever release of it answers."""
    return key_of(tenant, _RELEASE.sub("", model.rpartition("/")[2]))


def is_short(response_id: str) -> bool:
    """Whether an id may report different responses in different traces."""
    return 0 < len(response_id) < _UNIQUE_LENGTH


def key_in_service(tenant: str, call: LlmCall) -> str:
    """The key of a short id of one service, in whatever trace: signals of one call do not all know it."""
    return key_of(tenant, call.response_id, within=call.context.service)


def _short_key(tenant: str, call: LlmCall) -> str:
    """The key of an id that is too short to be unique: it is the same response only inside a trace."""
    return key_of(tenant, call.response_id, within=call.context.trace_id)


def _earliest_start_ns(span: Span, call: LlmCall) -> int:
    """When the request may have gone out.

    Some libraries report a stream by a span of no length at its end, and time it only from its first answer on: the
    request may have gone out as long before that again.
    """
    if 0 < span.start_ns < span.end_ns:
        return span.start_ns
    return span.end_ns - int(2 * (call.duration_seconds or 0.0) * 1e9)


@lru_cache(maxsize=1024)
def _height(scope: str) -> int:
    """How far from the wire a scope looks at a call."""
    if scope.startswith(_SELF_TRACING):
        return SELF_TRACED
    return FRAMEWORK if any(name in scope for name in _FRAMEWORKS) else CLIENT


def may_be_wrapper(observation: Observation, call: LlmCall) -> bool:
    """A span without tokens may only wrap the one that has them, of the same response too; a framework guesses some."""
    if observation.input:
        return False
    if call.usage.output is None:
        return not observation.response_id or call.status == "ok"  # a failed one with an id is known best here
    return observation.height == FRAMEWORK and not observation.response_id


def is_same(lower: Observation, higher: Observation) -> bool:
    """Whether two spans from different heights report the same call."""
    if lower.parent_span_id and lower.parent_span_id == higher.span_id and lower.start_ns < higher.end_ns:
        return True
    if lower.response_id and higher.response_id and (lower.response_id != higher.response_id or not is_short_in(lower)):
        return lower.response_id == higher.response_id
    return _is_within(lower, higher)


def is_short_in(observation: Observation) -> bool:
    """Whether the observation's id is one that may report different responses."""
    return observation.response_id != observation.response_key


def _is_within(inner: Observation, outer: Observation) -> bool:
    """The same model and input in the time of the other: the request goes out inside the instrumented call."""
    if inner.family != outer.family or (inner.input and outer.input and inner.input != outer.input):
        return False
    if inner.trace_id != outer.trace_id and inner.service != outer.service and inner.service and outer.service:
        return False
    slack = SLACK_NS if outer.height == FRAMEWORK else _CLOCK_NS
    return outer.start_ns <= inner.start_ns <= outer.end_ns and inner.end_ns <= outer.end_ns + slack
