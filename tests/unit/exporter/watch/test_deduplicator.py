"""Each thing counts once, whichever signal reports it."""

from collections.abc import Iterable

import pytest
from tests.support.facts import NOW_NS, make_call, make_context, make_span

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.watch.deduplicator import Deduplicator, LoggedCall, Reported, SpanFacts
from watchkeeper.exporter.watch.memories import empty_memories
from watchkeeper.model import Fact, Feedback, Incident, Retrieval, Score, ToolCall

SCORE = Score(context=make_context(), name="tone", source="judge", value=1.0, score_id="s1")
CALL = make_call(response_id="")


@pytest.fixture
def deduplicator() -> Deduplicator:
    """One that has seen nothing yet."""
    return Deduplicator(empty_memories(idle_seconds=300, is_by_tenant=True))


def unique(deduplicator: Deduplicator, reported: Reported, batch: Batch) -> list[Fact]:
    """What counts of it."""
    return list(deduplicator.unique(reported, batch))


def a_score(score_id: str) -> Score:
    """A score of that id."""
    return Score(context=make_context(), name="tone", source="judge", value=1.0, score_id=score_id)


def of_span(*facts: Fact, span_id: str = "a" * 16) -> SpanFacts:
    """The facts of a span."""
    return SpanFacts(span=make_span(span_id=span_id), facts=facts)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(SCORE, SCORE, id="sent twice"),
        pytest.param(of_span(SCORE), SCORE, id="on a span and by itself"),
        pytest.param(SCORE, of_span(SCORE), id="by itself and on a span"),
    ],
)
def test_a_score_counts_once(deduplicator: Deduplicator, first: Reported, second: Reported) -> None:
    """Whichever way it comes; the other one is counted as left out."""
    batch = Batch("scores", NOW_NS)

    counts = [unique(deduplicator, reported, batch) for reported in (first, second)]

    assert counts == [[SCORE], []]
    assert batch.dropped == {("watch", "repeated_score"): 1}


def test_a_score_without_an_id_always_counts(deduplicator: Deduplicator) -> None:
    """It cannot be taken for another."""
    batch = Batch("scores", NOW_NS, (), "acme")

    assert [len(unique(deduplicator, a_score(""), batch)) for _ in range(2)] == [1, 1]


def test_a_score_whose_id_begins_with_the_rest_of_another_tenants_name(deduplicator: Deduplicator) -> None:
    """What "acme" says of "2foo" is not what "acme2" says of "foo"."""
    batches = (Batch("scores", NOW_NS, (), "acme"), Batch("scores", NOW_NS, (), "acme2"))

    counts = [unique(deduplicator, a_score(id_), batch) for id_, batch in zip(("2foo", "foo"), batches, strict=True)]

    assert [len(count) for count in counts] == [1, 1]


def test_a_span_counts_once_with_all_its_facts(deduplicator: Deduplicator) -> None:
    """A retried export brings the same span; one without an id cannot be taken for another."""
    batch = Batch("traces", NOW_NS)
    search = Retrieval(context=make_context(), retriever="kb", duration_seconds=1.0)

    counts = [unique(deduplicator, of_span(search, search, span_id=id_), batch) for id_ in ("b", "b", "", "")]

    assert [len(count) for count in counts] == [2, 0, 2, 2]
    assert batch.dropped == {("watch", "repeated_span"): 1}


def test_calls_and_runs_of_tools_that_two_spans_report(deduplicator: Deduplicator) -> None:
    """The span below another, at the same time, from another library, is about the same thing."""
    batch = Batch("traces", NOW_NS)
    run = ToolCall(context=make_context(), tool="search", status="ok", duration_seconds=1.0)
    lower = make_span(scope="autogen-core", span_id="a", parent_span_id="b")
    upper = make_span(scope="openinference.instrumentation.autogen", span_id="b", parent_span_id="")

    counts = [unique(deduplicator, SpanFacts(span=span, facts=(CALL, run)), batch) for span in (lower, upper)]

    assert counts == [[CALL, run], []]
    assert batch.dropped == {("watch", "told_twice"): 2}


def test_what_another_library_reports_of_an_mcp_request_counts(deduplicator: Deduplicator) -> None:
    """A server's span with the attributes of the protocol, and no operation read of it, waits for nothing."""
    batch = Batch("traces", NOW_NS)
    run = ToolCall(context=make_context(), tool="search", status="ok", duration_seconds=1.0)
    attributes = {"mcp.method.name": "tools/call"}
    span = make_span(attributes, scope="openinference.instrumentation.x", kind=2, span_id="a", parent_span_id="b")

    assert unique(deduplicator, SpanFacts(span=span, facts=(run,)), batch) == [run]
    assert batch.dropped == {}


def test_a_call_that_only_a_log_record_reports(deduplicator: Deduplicator) -> None:
    """It counts after the wait, as what came by logs."""
    reported = LoggedCall(span=make_span(), call=CALL)

    at_once = unique(deduplicator, reported, Batch("logs", NOW_NS))
    due = {batch.signal: list(calls) for batch, calls in deduplicator.due(NOW_NS + 60 * 10**9, NOW_NS)}

    assert (at_once, due) == ([], {"traces": [], "logs": [CALL]})


def test_an_alert_that_comes_again_is_a_reminder(deduplicator: Deduplicator) -> None:
    """It is counted as one; that it resolved is news."""
    batch = Batch("alerts", NOW_NS)
    firing, resolved = (
        Incident(context=make_context(), alert="LLMErrorRateHigh", status=status, fingerprint="f", started_at="t")
        for status in ("firing", "resolved")
    )

    counts = [unique(deduplicator, incident, batch) for incident in (firing, firing, resolved)]

    assert [incident.is_repeat for incident in incidents(counts)] == [False, True, False]


def incidents(counts: Iterable[list[Fact]]) -> list[Incident]:
    """The incidents among facts."""
    return [fact for count in counts for fact in count if isinstance(fact, Incident)]


def test_what_no_one_can_report_twice_always_counts(deduplicator: Deduplicator) -> None:
    """A fact that no rule is about."""
    feedback = Feedback(context=make_context(), rating="up")

    assert [unique(deduplicator, feedback, Batch("events", NOW_NS)) for _ in range(2)] == [[feedback]] * 2
