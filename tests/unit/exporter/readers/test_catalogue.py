"""What holds for the reader of every signal, whichever comes next."""

from typing import Any

import pytest
from tests.support.facts import NOW_NS, TRACE_ID, chat_attributes, make_context, make_span

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.ingest.events import LlmCallEvent
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.exporter.ingest.prompt_webhook import Prompt, Webhook
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.readers.catalogue import Reader, readers
from watchkeeper.exporter.watch.deduplicator import LoggedCall, SpanFacts
from watchkeeper.exporter.watch.traces import Traces
from watchkeeper.model import CodingActivity, Fact, Incident, LogRecord

CLAIMED = "globex"


def logged(event_name: str, **attributes: Any) -> LogRecord:
    """A log record of a tenant's own word."""
    return LogRecord(
        time_ns=0,
        trace_id=TRACE_ID,
        span_id="a" * 16,
        event_name=event_name,
        attributes={"tenant.id": CLAIMED, **attributes},
        resource={},
        scope="opentelemetry.util.genai.handler",
    )


RECORDS = {
    "a span": ("traces", make_span(chat_attributes(**{"tenant.id": CLAIMED}))),
    "a log record of a call": ("logs", logged("gen_ai.client.inference.operation.details", **chat_attributes())),
    "a log record of a score": (
        "logs",
        logged("gen_ai.evaluation.result", **{"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 1.0}),
    ),
    "an event": ("events", LlmCallEvent(model="gpt-4o", tenant=CLAIMED)),
    "a score of Langfuse": ("scores", LangfuseScore(name="tone", value=1.0)),
    "what a coding agent did": ("metrics", CodingActivity(context=make_context(time_ns=0, tenant=CLAIMED), sessions=1)),
    "a webhook of Langfuse": ("prompts", Webhook(id="1", action="created", prompt=Prompt(name="answer", version=2))),
}


def make_readers() -> dict[str, Reader]:
    """The readers of all signals."""
    traces = Traces(idle_seconds=300, capacity=10, is_by_tenant=False)
    return dict(readers(Normaliser(DIALECTS), traces, lambda _prompt: ["support"]))


def facts_of(signal: str, record: Any, tenant: str) -> list[Fact]:
    """The facts that the signal's reader finds in a record."""
    facts: list[Fact] = []
    for reported in make_readers()[signal].read(record, Batch(signal, NOW_NS, (), tenant)):
        if isinstance(reported, SpanFacts):
            facts.extend(reported.facts)
        else:
            facts.append(reported.call if isinstance(reported, LoggedCall) else reported)
    return facts


@pytest.mark.parametrize(("signal", "record"), RECORDS.values(), ids=RECORDS)
def test_facts_are_the_tenants_whose_token_came_with_them(signal: str, record: Any) -> None:
    """Whatever the record says itself; no one sends in the name of another."""
    (fact,) = facts_of(signal, record, "acme")

    assert fact.context.tenant == "acme"


@pytest.mark.parametrize(("signal", "record"), RECORDS.values(), ids=RECORDS)
def test_a_fact_without_a_time_has_that_of_its_arrival(signal: str, record: Any) -> None:
    """A dashboard shows it when it came."""
    (fact,) = facts_of(signal, record, "")

    assert fact.context.time_ns == NOW_NS


def test_alerts_are_of_no_tenant() -> None:
    """They are about services, and their route takes no token."""
    incident = Incident(context=make_context(tenant=""), alert="LLMErrorRateHigh", status="firing")

    assert facts_of("alerts", incident, "") == [incident]


def test_every_signal_is_looked_at_here() -> None:
    """A reader that is added has a record above."""
    assert set(make_readers()) == {signal for signal, _ in RECORDS.values()} | {"alerts"}
