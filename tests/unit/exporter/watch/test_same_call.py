"""Calls that more than one span reports: which of them count, in whatever order they come."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from tests.support.facts import make_call, make_context, make_span

from watchkeeper.exporter.watch.same_call import SameCall
from watchkeeper.model import Content, LlmCall, Span, Usage

LINGER_NS = 2_000
SDK = "com.anthropic.sdk.python"
INSTRUMENTATION = "openinference.instrumentation.anthropic"
FRAMEWORK = "openinference.instrumentation.langchain"

Observation = tuple[Span, LlmCall]


def observation(  # noqa: PLR0913  # an observation has as many sides as the table below varies
    *,
    span_id: str,
    parent: str = "",
    scope: str = INSTRUMENTATION,
    times: tuple[int, int] = (1_000, 2_000),
    response_id: str = "",
    tokens: int | None = 40,
    model: str = "claude",
    where: tuple[str, str] = ("shop", "0" * 32),
) -> Observation:
    """A span and the call it reports; ``where`` is its service and its trace."""
    reported = make_span(scope=scope, span_id=span_id, parent_span_id=parent, start_ns=times[0], end_ns=times[1])
    usage = Usage() if tokens is None else Usage(input=tokens, output=1)
    service, trace_id = where
    context = make_context(time_ns=times[1], trace_id=trace_id, span_id=span_id, model=model, service=service)
    lasted = (times[1] - times[0]) / 1e9
    return reported, make_call(context=context, usage=usage, response_id=response_id, duration_seconds=lasted)


def counted(*observations: Observation, waits_for_more: bool = False) -> list[str]:
    """The span ids that count when the observations come in this order, after the wait unless there is more to come."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    calls = [call for number, reported in enumerate(observations) for call in same_call.see(*reported, number).count]
    if not waits_for_more:
        calls.extend(same_call.due(LINGER_NS * 10).count)
    return sorted(call.context.span_id for call in calls)


ADK, GATEWAY = "openinference.instrumentation.google_adk", "litellm"
LONG_ID = "chatcmpl-abcdefghijklmnop1234"

REPORTED_ONCE = {
    "a short id that a server gives to every call of a trace": (
        [observation(span_id=name, response_id="5", times=(i, i + 500)) for name, i in (("a", 1_000), ("b", 3_000))],
        ["a", "b"],
    ),
    "two calls that follow each other": (
        [observation(span_id="a"), observation(span_id="b", times=(3_000, 4_000))],
        ["a", "b"],
    ),
    "two calls at once by one instrumentation": ([observation(span_id="a"), observation(span_id="b")], ["a", "b"]),
    "two calls at once that the library traces itself": (
        [observation(span_id="a", scope=SDK), observation(span_id="b", scope=SDK)],
        ["a", "b"],
    ),
    "a call below one that was over already, by a context that no one left": (
        [observation(span_id="a"), observation(span_id="b", parent="a", times=(3_000, 4_000))],
        ["a", "b"],
    ),
    "a failed call below one that was over already": (
        [
            observation(span_id="a", tokens=None),
            observation(span_id="b", parent="a", tokens=None, times=(3_000, 4_000)),
        ],
        ["a", "b"],
    ),
    "a failed call without tokens": ([observation(span_id="a", tokens=None)], ["a"]),
    "a library's own span of another model in the time of a call": (
        [observation(span_id="a"), observation(span_id="b", scope=SDK, model="other", times=(1_100, 1_900))],
        ["a", "b"],
    ),
    "a library's own span with other input in the time of a call": (
        [observation(span_id="a"), observation(span_id="b", scope=SDK, tokens=41, times=(1_100, 1_900))],
        ["a", "b"],
    ),
    "a call of another service in the time of a framework's call whose tokens are not reported": (
        [
            observation(span_id="a", where=("search", "a1" * 16)),
            observation(span_id="b", scope=FRAMEWORK, tokens=0, times=(900, 2_100), where=("shop", "b2" * 16)),
        ],
        ["a", "b"],
    ),
    "a framework's call that failed before the client library was asked, and the next one right after it": (
        [observation(span_id="a", scope=FRAMEWORK, tokens=None), observation(span_id="b", times=(3_000, 4_000))],
        ["a", "b"],
    ),
    "a library's own span that outlives the call": (
        [observation(span_id="a"), observation(span_id="b", scope=SDK, times=(1_100, 2_000_000))],
        ["a", "b"],
    ),
}

REPORTED_TWICE = {
    "a short id of one call, seen by two instrumentations": (
        [
            observation(span_id="a", response_id="5", scope=FRAMEWORK),
            observation(span_id="b", response_id="5", times=(1_100, 1_900)),
        ],
        None,
    ),
    "a span without tokens, and one of the same response with them": (
        [
            observation(span_id="a", response_id=LONG_ID, tokens=None),
            observation(span_id="b", response_id=LONG_ID, times=(1_100, 1_900)),
        ],
        "b",
    ),
    "a framework over a gateway's library over a client": (
        [
            observation(span_id="a", scope=ADK),
            observation(span_id="b", parent="a", scope=GATEWAY, response_id=LONG_ID, times=(1_100, 1_900)),
            observation(span_id="c", parent="b", response_id=LONG_ID, times=(1_200, 1_800)),
        ],
        None,
    ),
    "a library's own span below the instrumentation's": (
        [
            observation(span_id="a"),
            observation(span_id="b", parent="a", scope=SDK, response_id="msg", times=(1_100, 1_900)),
        ],
        "a",
    ),
    "a library's own span in another trace, with the same response id": (
        [
            observation(span_id="a", response_id="msg"),
            observation(span_id="b", scope=SDK, response_id="msg", times=(1_100, 1_900)),
        ],
        "a",
    ),
    "a call that MLflow reports in a trace of its own": (
        [
            observation(span_id="a", where=("shop", "a1" * 16), response_id="chatcmpl-1"),
            observation(span_id="b", scope="mlflow.tracing.provider", times=(900, 2_100), where=("shop", "b2" * 16)),
        ],
        None,
    ),
    "a library's own span in another trace, only the time in common": (
        [observation(span_id="a"), observation(span_id="b", scope=SDK, response_id="msg", times=(1_100, 1_900))],
        "a",
    ),
    "a library's own span that ends after the call only because JavaScript's spans start in whole milliseconds": (
        [observation(span_id="a"), observation(span_id="b", scope=SDK, response_id="msg", times=(1_000, 152_000))],
        "a",
    ),
    "a failed call, reported by both in different traces": (
        [observation(span_id="a", tokens=None), observation(span_id="b", scope=SDK, tokens=None, times=(1_100, 1_900))],
        "a",
    ),
    "a framework's span around the client library's, in another trace": (
        [
            observation(span_id="a", response_id="chatcmpl-1"),
            observation(span_id="b", scope=FRAMEWORK, times=(900, 2_100)),
        ],
        None,
    ),
    "a framework's span around the one of a gateway's client library, in the same trace": (
        [
            observation(span_id="a", where=("gateway", "a1" * 16)),
            observation(span_id="b", scope=FRAMEWORK, tokens=0, times=(900, 2_100), where=("shop", "a1" * 16)),
        ],
        "a",
    ),
    "a framework's span of a stream without its input, and the client library's of the model that answered": (
        [
            observation(span_id="a", model="claude-5-20250929"),
            observation(span_id="b", scope=FRAMEWORK, tokens=0, model="claude-5", times=(900, 2_100)),
        ],
        "a",
    ),
    "a wrapper around a wrapper around the call": (
        [
            observation(span_id="a", tokens=None),
            observation(span_id="b", parent="a", tokens=None),
            observation(span_id="c", parent="b"),
        ],
        "c",
    ),
    "a wrapper without tokens around the call": (
        [observation(span_id="a", tokens=None), observation(span_id="b", parent="a")],
        "b",
    ),
    "a wrapper around a call, both without tokens": (
        [observation(span_id="a", tokens=None), observation(span_id="b", parent="a", tokens=None)],
        "b",
    ),
}


@pytest.mark.parametrize(("observations", "expected"), REPORTED_ONCE.values(), ids=REPORTED_ONCE.keys())
def test_different_calls_all_count(observations: list[Observation], expected: list[str]) -> None:
    """What is not reported twice counts, in any order."""
    for order in permutations(observations):
        assert counted(*order) == expected


@pytest.mark.parametrize(("observations", "expected"), REPORTED_TWICE.values(), ids=REPORTED_TWICE.keys())
def test_one_call_counts_once(observations: list[Observation], expected: str | None) -> None:
    """The richest observation counts, whichever comes first; where all are rich (None), the first does."""
    for order in permutations(observations):
        assert counted(*order) == [expected or order[0][0].span_id]


def test_the_same_response_in_two_traces_counts_once() -> None:
    """Two instrumentations with the same response id report one call; the first to come counts."""
    first = observation(span_id="a", response_id="chatcmpl-1")
    second = observation(span_id="b", response_id="chatcmpl-1", times=(900, 2_100))

    assert counted(first, second) == ["a"]


def test_a_stream_reported_at_its_end_counts_once() -> None:
    """A span of no length that says how long the stream took spans the library's own one."""
    reported, call = observation(span_id="a", times=(2_000, 2_000))
    logged = (reported, msgspec.structs.replace(call, duration_seconds=1_000 / 1e9))
    own = observation(span_id="b", scope=SDK, response_id="msg", times=(1_100, 1_900))

    assert counted(own, logged) == ["a"]
    assert counted(logged, own) == ["a"]


@pytest.mark.parametrize("is_own_first", [True, False])
def test_the_library_reports_what_a_framework_did_not_hear(*, is_own_first: bool) -> None:
    """A framework that reports a stream without its input gets tokens and model from the library's own span."""
    framework = observation(span_id="a", scope=FRAMEWORK, tokens=0, model="claude-5")
    own = observation(
        span_id="b", scope=SDK, response_id="msg", tokens=1326, model="claude-5-20250929", times=(1_100, 1_900)
    )
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)

    calls = [
        c
        for reported in ([own, framework] if is_own_first else [framework, own])
        for c in same_call.see(*reported, 0).count
    ]
    calls.extend(same_call.due(LINGER_NS).count)

    assert [(c.context.span_id, c.context.model, c.usage.input) for c in calls] == [("a", "claude-5-20250929", 1326)]


def test_a_full_story_counts_at_once() -> None:
    """A call with tokens does not wait for anything."""
    assert counted(observation(span_id="a"), waits_for_more=True) == ["a"]


def test_a_doubtful_observation_waits_and_then_counts() -> None:
    """A library's own span is held for the richer one, not forever."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    reported, call = observation(span_id="a", scope=SDK)

    assert same_call.see(reported, call, 0).count == ()
    assert same_call.due(LINGER_NS - 1).count == ()
    assert same_call.due(LINGER_NS).count == (call,)


def test_repeats_are_distinguished_from_what_counts() -> None:
    """Every observation that does not count is reported, so that none is lost silently."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    same_call.see(*observation(span_id="a", response_id="msg"), 0)

    decision = same_call.see(*observation(span_id="b", response_id="msg"), 1)

    assert (decision.count, decision.repeated) == ((), 1)


def test_calls_of_two_tenants_are_never_one() -> None:
    """The same ids of two tenants are two calls: no one can hide another's calls by sending their ids first."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    reported, call = observation(span_id="a", parent="b", response_id="chatcmpl-0123456789abcdef")

    counts = [same_call.see(reported, call, 0, tenant).count for tenant in ("acme", "globex", "acme")]

    assert [len(count) for count in counts] == [1, 1, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"response_id": "2chatcmpl-0123456789abcdef"}, {"response_id": "chatcmpl-0123456789abcdef"}, id="response"
        ),
        pytest.param({"parent": "2b"}, {"span_id": "b", "scope": FRAMEWORK, "tokens": 50}, id="parent"),
        pytest.param({"model": "2claude"}, {"scope": FRAMEWORK}, id="model"),
    ],
)
def test_a_name_that_begins_with_the_rest_of_another_tenants_name(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What "acme" says of "2foo" is not what "acme2" says of "foo"."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)

    counts = [
        same_call.see(*observation(**{"span_id": "a"} | one), 0, "acme").count,
        same_call.see(*observation(**{"span_id": "c"} | other), 1, "acme2").count,
    ]

    assert [len(count) for count in counts] == [1, 1]


def test_a_short_response_id_is_unique_in_its_trace_only() -> None:
    """Some servers number their answers again all the time: in another trace the number is another answer."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    reported, call = observation(span_id="a", response_id="chatcmpl-7")
    elsewhere = msgspec.structs.replace(call, context=make_context(trace_id="ff" * 16, span_id="b", model="claude"))

    counts = [
        same_call.see(reported, call, 0).count,
        same_call.see(msgspec.structs.replace(reported, span_id="b"), elsewhere, 1).count,
        same_call.see(msgspec.structs.replace(reported, span_id="c"), call, 2).count,
    ]

    assert [len(count) for count in counts] == [1, 1, 0]


@pytest.mark.parametrize("scope", [INSTRUMENTATION, SDK])
def test_what_waits_is_bounded_in_bytes(scope: str) -> None:
    """Long texts in doubtful calls make the oldest count early instead of growing memory."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=1000, waiting_bytes=100_000)
    seen = [observation(span_id=f"s{n}", scope=scope, tokens=None) for n in range(100)]
    long = [(reported, msgspec.structs.replace(call, content=Content(input="x" * 10_000))) for reported, call in seen]

    early = sum(len(same_call.see(*reported, n).count) for n, reported in enumerate(long))

    assert 90 <= early < 100
    assert same_call.waiting.forgotten == early
    assert len(same_call.due(LINGER_NS * 10).count) == 100 - early


def test_no_more_wait_than_fit() -> None:
    """When too many observations wait, the oldest count at once instead of growing memory."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=10)

    counts = [same_call.see(*observation(span_id=f"s{n}", tokens=None), n).count for n in range(25)]

    assert sum(len(count) for count in counts) == 15
    assert len(same_call.due(LINGER_NS * 10).count) == 10


def test_what_was_said_is_not_kept() -> None:
    """A counted call is remembered to be matched, without its prompt and its answer."""
    same_call = SameCall(linger_ns=LINGER_NS, capacity=100)
    reported, call = observation(span_id="a")
    said = msgspec.structs.replace(call, content=Content(input="a long prompt", output="a long answer"))

    decision = same_call.see(reported, said, 0)

    assert decision.count == (said,)
    (kept,) = same_call._counted[1].groups["claude", "shop"].by_age.values()
    assert kept.call is None
