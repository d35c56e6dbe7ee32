"""Which ids are the W3C's."""

import pytest
from tests.support.facts import SPAN_ID, TRACE_ID

from watchkeeper.model.ids import canonical_id, valid_trace_id


def test_an_id_of_the_w3c_stays() -> None:
    """32 hex digits in lower case."""
    assert valid_trace_id(TRACE_ID) == TRACE_ID


@pytest.mark.parametrize(
    "text",
    ["", SPAN_ID, TRACE_ID.upper(), TRACE_ID + "\n", TRACE_ID + "0", "0" * 32, "g" * 32, '"' * 32, "٣" * 32, " " * 32],
    ids=["none", "too short", "capitals", "a line feed", "too long", "zeros", "letters", "quotes", "digits", "spaces"],
)
def test_any_other_text_is_no_trace_id(text: str) -> None:
    """What is no id shows no trace."""
    assert valid_trace_id(text) == ""


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (TRACE_ID.upper(), TRACE_ID),
        (SPAN_ID.upper(), SPAN_ID),
        ("Order-17", "Order-17"),
        ("ABC", "ABC"),
        ("", ""),
    ],
    ids=["a trace id", "a span id", "an id of the application", "too short", "none"],
)
def test_ids_are_compared_in_lower_case(text: str, same: str) -> None:
    """A sender's spelling of hex does not keep its facts from their trace; its own words stay as they are."""
    assert canonical_id(text) == same
