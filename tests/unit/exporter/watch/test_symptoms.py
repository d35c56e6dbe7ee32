"""What looks wrong in a call that raised no error."""

from typing import Any

import pytest
from tests.support.facts import make_call, make_context

from watchkeeper.exporter.watch.symptoms import symptoms_of
from watchkeeper.model import Answer, Usage

NOTHING = Usage(input=100, output=0)
STOP = ("stop",)


@pytest.mark.parametrize(
    ("call", "symptoms"),
    [
        ({"finish_reasons": STOP}, ()),
        ({"finish_reasons": ("length",)}, ("truncated",)),
        ({"finish_reasons": ("stop", "length")}, ("truncated",)),
        ({"finish_reasons": ("length",), "status": "error"}, ()),
        ({"finish_reasons": STOP, "usage": NOTHING}, ("empty",)),
        ({"finish_reasons": ("tool_calls",), "usage": NOTHING}, ()),
        ({"finish_reasons": (), "usage": NOTHING}, ()),
        ({"finish_reasons": STOP, "usage": Usage(output=0)}, ()),
        ({"finish_reasons": STOP, "usage": Usage(input=0, output=0)}, ()),
        ({"finish_reasons": STOP, "usage": NOTHING, "context": make_context(operation="embeddings")}, ()),
        ({"finish_reasons": STOP, "usage": NOTHING, "answer": Answer(5)}, ()),
        ({"finish_reasons": STOP, "answer": Answer(0, symptoms=("empty",))}, ("empty",)),
        ({"finish_reasons": ("length",), "answer": Answer(9, symptoms=("gibberish",))}, ("truncated", "gibberish")),
    ],
)
def test_what_is_wrong_with_a_call(call: dict[str, Any], symptoms: tuple[str, ...]) -> None:
    """By finish reasons and tokens; by what was seen in the text where someone looked at it."""
    assert symptoms_of(make_call(**call)) == symptoms
