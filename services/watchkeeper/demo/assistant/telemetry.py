"""How the application is instrumented: OpenTelemetry's own instrumentation of the client, one resource a service."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import context as otel
from opentelemetry.context import Context, create_key
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Tracer, TracerProvider

from watchkeeper.demo.assistant.desk import Desk

_EXPORT_MILLISECONDS = 1_000
_ABOUT = create_key("about-the-conversation")
_OF_NOW: ContextVar[TracerProvider] = ContextVar("tracers")

Attributes = dict[str, str]


class Inherited(SpanProcessor):
    """Gives every span of a conversation what is known of it: the user, the tenant, the prompt and its version."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Copy what ``about`` holds."""
        span.set_attributes(otel.get_value(_ABOUT, parent_context) or {})  # type: ignore[arg-type]


class TracersOfNow(TracerProvider):
    """The tracers of the service whose conversation it is: one process has several, the instrumentation takes one."""

    def get_tracer(self, *names: Any, **more: Any) -> Tracer:
        """A tracer that finds its service when a span starts."""
        return _TracerOfNow(names, more)


class _TracerOfNow(Tracer):
    def __init__(self, names: Sequence[Any], more: dict[str, Any]) -> None:
        self._names, self._more = names, more

    def _tracer(self) -> Tracer:
        return _OF_NOW.get().get_tracer(*self._names, **self._more)

    def start_span(self, *args: Any, **more: Any) -> Any:
        return self._tracer().start_span(*args, **more)

    def start_as_current_span(self, *args: Any, **more: Any) -> Any:
        return self._tracer().start_as_current_span(*args, **more)


def instrument() -> None:
    """Instrument the client, once in a process; before that no call is seen."""
    # The demo says itself, once a minute, that no exporter answers.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    instrumentor = OpenAIInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=TracersOfNow())


def exporter_of_spans(url: str, headers: Attributes) -> SpanExporter:
    """Spans by OTLP over HTTP."""
    return OTLPSpanExporter(endpoint=f"{url}/v1/traces", headers=headers)


def tracers_of(desk: Desk, exporter: SpanExporter) -> SdkTracerProvider:
    """The tracers of a service."""
    resource = {"service.name": desk.service, "team": desk.team, "deployment.environment.name": "demo"}
    provider = SdkTracerProvider(resource=Resource(resource))
    provider.add_span_processor(Inherited())
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EXPORT_MILLISECONDS))
    return provider


@contextmanager
def speaking_for(provider: TracerProvider, attributes: Attributes) -> Iterator[Tracer]:
    """Spans inside belong to this service and say this of themselves."""
    services = _OF_NOW.set(provider)
    about = otel.attach(otel.set_value(_ABOUT, attributes))
    try:
        yield provider.get_tracer(__name__)
    finally:
        otel.detach(about)
        _OF_NOW.reset(services)
