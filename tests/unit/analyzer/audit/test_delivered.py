"""Lines about what was delivered, read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.analyzer.audit.delivered import Delivered, read_delivered

LINE = {
    "event": "forward_delivered",
    "destination": "tempo",
    "signal": "traces",
    "item_time_ns": "1700000000000000000",
    "trace_id": "a" * 32,
    "span_id": "b" * 16,
}
METRIC = {**LINE, "signal": "metrics", "metric": "queue.depth", "trace_id": "", "span_id": ""}


def read(signal: str = "traces", **changes: Any) -> Delivered | None:
    """A line about tempo with changes, read for tempo."""
    return read_delivered(
        5 * 10**9, json.dumps({**(METRIC if signal == "metrics" else LINE), **changes}), "tempo", signal
    )


def test_a_line_is_an_item() -> None:
    """Delivered when the line was written."""
    item = read()

    assert item == Delivered(at=5.0, item_time_ns=1_700_000_000_000_000_000, trace_id="a" * 32, span_id="b" * 16)
    assert read("metrics") == Delivered(at=5.0, item_time_ns=1_700_000_000_000_000_000, metric="queue.depth")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"destination": "another"}, id="of another destination"),
        pytest.param({"signal": "logs"}, id="of another signal"),
        pytest.param({"trace_id": "../../admin?x=aaaaaaaaaaaaaaaaaaaa"}, id="a trace id that is a path"),
        pytest.param({"trace_id": "A" * 32}, id="a trace id as the exporter writes none"),
        pytest.param({"span_id": 'b"} | line_format "'}, id="a span id that is a query"),
        pytest.param({"item_time_ns": "-1"}, id="a time before all times"),
        pytest.param({"item_time_ns": "9" * 30}, id="a time after all times"),
        pytest.param({"item_time_ns": 5}, id="a time that is a number"),
        pytest.param({"trace_id": "a" * 32 + "\n"}, id="a line break behind"),
    ],
)
def test_a_line_that_cannot_be_asked_for_is_none(changes: dict[str, Any]) -> None:
    """Whoever wrote it: ids become parts of addresses and queries."""
    assert read(**changes) is None


@pytest.mark.parametrize("name", ["", 'x"}', "x y", "é", "x" * 201])
def test_names_of_metrics_are_names(name: str) -> None:
    """They become parts of queries too."""
    assert read("metrics", metric=name) is None


@given(text=st.text(max_size=100))
def test_no_text_does_more_than_that(text: str) -> None:
    """Any line is read, or is none."""
    assert read_delivered(1, text, "tempo", "traces") is None
