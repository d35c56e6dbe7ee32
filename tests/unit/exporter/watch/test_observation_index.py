"""Where observations are found again: by model and service, in their trace, within bounds."""

import pytest
from tests.support.facts import make_call, make_context, make_span

from watchkeeper.exporter.watch.observation_index import ObservationIndex
from watchkeeper.exporter.watch.observations import Observation, observation_of
from watchkeeper.model import Usage

CLIENT = "openinference.instrumentation.openai"
FRAMEWORK = "openinference.instrumentation.langchain"


def seen(number: int, *, service: str = "shop", scope: str = CLIENT, trace: str = "", model: str = "m") -> Observation:
    """A call of 40 tokens from 1,000 to 2,000; a framework's goes from 900 to 2,100."""
    times = (1_000, 2_000) if scope == CLIENT else (900, 2_100)
    span = make_span(scope=scope, span_id=f"s{number}", parent_span_id="", start_ns=times[0], end_ns=times[1])
    context = make_context(service=service, trace_id=trace or f"t{number}", span_id=span.span_id, model=model)
    return observation_of(span, make_call(context=context, usage=Usage(input=40)), 0, "")


def found(index: ObservationIndex, sought: Observation) -> str:
    """The span that reports the same call nearer to the wire, or nothing."""
    taken = index.take(sought, is_lower=False)
    return taken.span_id if taken else ""


def index_of(*observations: Observation) -> ObservationIndex:
    """An index to which these were added."""
    index = ObservationIndex()
    for observation in observations:
        assert index.add(observation) == []
    return index


@pytest.mark.parametrize(
    ("one", "other", "is_found"),
    [
        pytest.param(("shop", "t1"), ("shop", "t2"), True, id="one service"),
        pytest.param(("shop", "t1"), ("search", "t2"), False, id="two services"),
        pytest.param(("shop", "t1"), ("search", "t1"), True, id="two services in one trace"),
        pytest.param(("", "t1"), ("shop", "t2"), True, id="the first without a name"),
        pytest.param(("shop", "t1"), ("", "t2"), True, id="the second without a name"),
    ],
)
def test_whose_observations_may_be_one_call(one: tuple[str, str], other: tuple[str, str], *, is_found: bool) -> None:
    """Libraries of one process name the same service, or do not know it; a trace leads from service to service."""
    index = index_of(seen(1, service=one[0], trace=one[1]))

    sought = seen(2, service=other[0], trace=other[1], scope=FRAMEWORK)

    assert (found(index, sought), len(index)) == (("s1", 0) if is_found else ("", 1))


def test_a_busy_service_does_not_push_out_another() -> None:
    """The second report may come seconds later, with a thousand calls of others in between."""
    index = index_of(seen(0))
    for number in range(1, 1_000):
        index.add(seen(number, service="busy"))

    assert found(index, seen(1_001, scope=FRAMEWORK)) == "s0"


def test_the_oldest_leaves_a_full_group() -> None:
    """So many calls of one model and service are remembered, the newest."""
    index = ObservationIndex()

    leaving = [left.span_id for number in range(300) for left in index.add(seen(number))]

    assert (leaving, len(index)) == ([f"s{number}" for number in range(44)], 256)


def test_invented_names_take_no_room_without_end() -> None:
    """The group that was longest without news leaves whole, and nothing of it stays behind."""
    index = ObservationIndex()

    leaving = [left for number in range(3_000) for left in index.add(seen(number, model=f"m{number}"))]

    assert [left.span_id for left in leaving] == [f"s{number}" for number in range(3_000 - 1_024)]
    assert {len(index), len(index.groups), len(index._services), len(index._by_trace)} == {1_024}


def test_many_busy_services_take_no_room_without_end() -> None:
    """Full groups of more services than there is space for: whole groups leave, the longest silent first."""
    index = ObservationIndex()

    leaving = [
        left
        for service in range(65)
        for number in range(256)
        for left in index.add(seen(256 * service + number, service=f"service-{service}"))
    ]

    assert [left.span_id for left in leaving] == [f"s{number}" for number in range(256)]
    assert (len(index), len(index.groups), len(index._by_trace)) == (16_384, 64, 16_384)


def test_what_was_taken_is_gone() -> None:
    """A call is found once, and leaves no empty places."""
    index = index_of(seen(1))

    assert [found(index, seen(2, scope=FRAMEWORK)) for _ in range(2)] == ["s1", ""]
    assert not index.groups
    assert not index._services
    assert not index._by_trace
