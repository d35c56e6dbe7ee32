"""Lines with content, and lines that would be longer than what log drivers and Loki take as one."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.facts import make_call, make_context

from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.long_lines import MAX_LINE
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import Content, Fact, ToolCall

KIBIBYTES_16 = 16 * 1024


def write(fact: Fact) -> bytes:
    """The line of a fact."""
    lines: list[bytes] = []
    LogSink(lines.append, LabelAdmission({}, lambda _label, _service: None), "redacted").take(fact, 0)
    return lines[0]


def read(fact: Fact) -> dict[str, Any]:
    """The line of a fact as an object."""
    line: dict[str, Any] = json.loads(write(fact))
    return line


def test_content_is_on_the_line_with_its_mode() -> None:
    """What was said is reported with how it was captured; what was not said is left out."""
    line = read(make_call(content=Content(input="hello")))

    assert (line["input"], line["capture"]) == ("hello", "redacted")
    assert "output" not in line


def test_a_line_without_content_names_no_mode() -> None:
    """Without content there is nothing captured."""
    assert not {"input", "output", "capture", "is_truncated"} & read(make_call()).keys()


def test_long_content_fills_the_line_and_says_so() -> None:
    """As much of input and output is reported as fits, equally."""
    line = write(make_call(content=Content(input="é" * 9_000, output="\n" * 9_000)))

    reported = json.loads(line)
    assert KIBIBYTES_16 - 600 < len(line) < KIBIBYTES_16
    assert reported["is_truncated"] is True
    assert abs(len(reported["input"]) - len(reported["output"])) < 100


def test_long_names_are_cut_too() -> None:
    """A name without end, from a span's name for example, never makes a line too long."""
    line = read(ToolCall(context=make_context(), tool="x" * 100_000))

    assert line["is_truncated"] is True
    assert line["tool"] == "x" * len(line["tool"])
    assert line["service"] == "other"


_texts = st.text(max_size=50).flatmap(lambda part: st.integers(0, 1_000).map(lambda times: part * times))


@given(_texts, _texts, _texts)
def test_no_line_is_too_long(said: str, answered: str, name: str) -> None:
    """Whatever is said and however things are called, a line is whole JSON of less than 16 KiB."""
    names = dict.fromkeys(("session_id", "agent", "prompt", "model", "service", "team", "tenant", "provider"), name)

    line = write(make_call(context=make_context(**names), content=Content(input=said, output=answered)))

    assert len(line) <= MAX_LINE
    assert json.loads(line)["event"] == "llm_call_completed"
