import json
from decimal import Decimal
from typing import Any

import pytest
from tests.support.decoded import placed

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.events import FeedbackEvent, LlmCallEvent, decode_events

GOOD = {"type": "feedback", "rating": "positive"}
CALL = {"type": "llm_call", "model": "m"}


@pytest.mark.parametrize(
    ("body", "places"),
    [
        pytest.param(json.dumps([GOOD, GOOD]), [0, 1], id="a JSON array"),
        pytest.param(f" \n {json.dumps([GOOD])} \n", [0], id="with space around"),
        pytest.param(json.dumps(GOOD), [0], id="one object"),
        pytest.param(json.dumps(GOOD, indent=2), [0], id="one object over several lines"),
        pytest.param(f"{json.dumps(GOOD)}\n{json.dumps(GOOD)}\n", [0, 1], id="NDJSON"),
        pytest.param(f"{json.dumps(GOOD)}\r\n\r\n{json.dumps(GOOD)}", [0, 2], id="NDJSON with an empty line"),
        pytest.param("[]", [], id="an empty array"),
    ],
)
def test_every_form_of_a_batch(body: str, places: list[int]) -> None:
    """An array, one object or an object a line."""
    events, rejections = placed(decode_events(body.encode()))

    assert [place for place, _ in events] == places
    assert all(isinstance(event, FeedbackEvent) for _, event in events)
    assert rejections == []


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ({"type": "llm_call"}, "invalid_event", "Object missing required field `model`"),
        ({"type": "nonsense"}, "invalid_event", "Invalid value 'nonsense' - at `$.type`"),
        ({"model": "m"}, "invalid_event", "Object missing required field `type`"),
        ({**CALL, "input_token": 5}, "invalid_event", "Object contains unknown field `input_token`"),
        ({**CALL, "input_tokens": -1}, "invalid_event", "Expected `int` >= 0 - at `$.input_tokens`"),
        ({**CALL, "input_tokens": "5"}, "invalid_event", "Expected `int | null`, got `str` - at `$.input_tokens`"),
        ({**CALL, "input_tokens": True}, "invalid_event", "Expected `int | null`, got `bool` - at `$.input_tokens`"),
        ({**CALL, "status": "fine"}, "invalid_event", "Invalid enum value 'fine' - at `$.status`"),
        ({**CALL, "duration_seconds": -0.5}, "invalid_event", "Expected `float` >= 0.0 - at `$.duration_seconds`"),
        ({**CALL, "service": "x" * 2000}, "invalid_event", "Expected `str` of length <= 1024 - at `$.service`"),
        ({"type": "feedback", "rating": 5}, "invalid_event", "Expected `str`, got `int` - at `$.rating`"),
        ("text", "invalid_event", "Expected `object`, got `str`"),
        (None, "invalid_event", "Expected `object`, got `null`"),
        ([[]], "invalid_event", "Expected `object`, got `array`"),
    ],
    ids=str,
)
def test_a_bad_event_is_refused_with_place_and_reason(bad: Any, reason: str, detail: str) -> None:
    """Its neighbours are taken."""
    events, rejections = placed(decode_events(json.dumps([GOOD, bad, GOOD]).encode()))

    assert [place for place, _ in events] == [0, 2]
    assert [(r.reason, r.detail, r.index) for r in rejections] == [(reason, f"events[1]: {detail}", 1)]


def test_a_broken_line_leaves_its_neighbours() -> None:
    """In NDJSON a line that is no JSON costs itself alone."""
    body = f"{json.dumps(GOOD)}\n{{broken\n{json.dumps(GOOD)}"

    events, rejections = placed(decode_events(body.encode()))

    assert [place for place, _ in events] == [0, 2]
    assert [(r.reason, r.index) for r in rejections] == [("malformed_json", 1)]


@pytest.mark.parametrize(
    "body",
    [b"", b"  \n ", b"[", b'[{"type": "feedback"', b"[" * 100_000, b'[{"a": "\xff"}, ]'],
    ids=["nothing", "only space", "half an array", "half an event", "nested without end", "broken text"],
)
def test_a_body_that_is_no_batch(body: bytes) -> None:
    """What cannot be taken apart is refused as a whole."""
    with pytest.raises(DecodeError, match=r"^body: must be a JSON array"):
        placed(decode_events(body))


@pytest.mark.parametrize("body", [b"hello", b"5", b"{", b"\xff\xfe"], ids=["a word", "a number", "half", "no text"])
def test_a_single_record_that_is_none(body: bytes) -> None:
    """A body that is one record, and none of ours, is one rejection."""
    events, rejections = placed(decode_events(body))

    assert events == []
    assert [r.index for r in rejections] == [0]


@pytest.mark.parametrize(("text", "cost"), [("0.1", "0.1"), ('"0.10"', "0.10"), ("1e-7", "1E-7"), ("0", "0")])
def test_money_is_exact(text: str, cost: str) -> None:
    """Dollars keep the digits they were written with."""
    ((_, event),), _ = placed(decode_events(b'[{"type": "llm_call", "model": "m", "cost_usd": %s}]' % text.encode()))

    assert isinstance(event, LlmCallEvent)
    assert event.cost_usd == Decimal(cost)


def test_metadata_is_the_senders() -> None:
    """Anything may be in metadata, and nothing is made of it."""
    events, rejections = placed(decode_events(json.dumps([{**GOOD, "metadata": {"deep": [[{"x": 1}]]}}]).encode()))

    assert (len(events), rejections) == (1, [])
