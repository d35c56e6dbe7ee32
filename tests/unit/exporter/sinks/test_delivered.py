"""Samples of what a destination acknowledged, as lines."""

import time

import pytest
from structlog.testing import capture_logs
from tests.support.facts import SPAN_ID, TRACE_ID, chat_attributes, make_span
from tests.support.otlp import as_protobuf

from watchkeeper.exporter.sinks.delivered import DeliveredSamples, samples_of
from watchkeeper.exporter.sinks.forward import Destination

SECRET = "what only some may read"


def a_body() -> bytes:
    """A request with a span of just now and with content."""
    return as_protobuf(make_span(chat_attributes(**{"gen_ai.input.messages": SECRET}), start_ns=time.time_ns()))


class Hand:
    """A clock that is set by hand."""

    time = 100.0

    def __call__(self) -> float:
        """The time now."""
        return self.time


@pytest.fixture
def hand() -> Hand:
    """A clock at 100 s."""
    return Hand()


def samples(hand: Hand) -> DeliveredSamples:
    """Of a Tempo that is asked after a quarter of an hour; the pause is the shortest."""
    return DeliveredSamples("tempo", "traces", 900.0, clock=hand, pause=lambda least, _most: least)


async def test_a_line_has_ids_and_nothing_that_was_said(hand: Hand) -> None:
    """The destination, the signal, the ids and the time."""
    with capture_logs() as lines:
        await samples(hand).take("traces", a_body(), is_json=False)

    (line,) = lines
    assert line.pop("item_time_ns").isdecimal()
    assert line == {
        "event": "forward_delivered",
        "log_level": "info",
        "destination": "tempo",
        "signal": "traces",
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
    }


async def test_thirty_are_taken_in_the_time_after_which_it_is_asked(hand: Hand) -> None:
    """However many requests there are; none of another signal."""
    taking = samples(hand)

    with capture_logs() as lines:
        for _ in range(900):
            hand.time += 1
            await taking.take("traces", a_body(), is_json=False)
            await taking.take("logs", a_body(), is_json=False)

    # Two thirds of half a minute lie between any two with the shortest pause.
    assert len(lines) == 45


async def test_a_body_that_cannot_be_read_gives_no_line(hand: Hand) -> None:
    """It was delivered all the same."""
    with capture_logs() as lines:
        await samples(hand).take("traces", b"\xff\xff", is_json=False)
        hand.time += 60
        await samples(hand).take("traces", b"", is_json=False)

    assert lines == []


def test_a_destination_that_is_not_asked_has_no_samples() -> None:
    """Nothing is looked at for it."""
    assert samples_of(Destination(name="a", endpoint="http://a", signals=("traces",))) is None
