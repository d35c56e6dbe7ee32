"""Evaluation results as log records."""

import msgspec
import pytest
from tests.support.facts import NOW

from watchkeeper.exporter.normalise import evaluation
from watchkeeper.model import LogRecord

NAMED = {"gen_ai.evaluation.name": "faith"}
VALUE = {"gen_ai.evaluation.score.value": 0.5}
LABEL = {"gen_ai.evaluation.score.label": "good"}
FAILED = {"error.type": "openai.APITimeoutError"}


def make_record(attributes: dict[str, str | float], event_name: str = evaluation.EVENT) -> LogRecord:
    """One record of an evaluation of a span."""
    return LogRecord(
        time_ns=int(NOW * 1e9),
        trace_id="a" * 32,
        span_id="b" * 16,
        event_name=event_name,
        attributes=attributes,
        resource={},
        scope="",
    )


@pytest.mark.parametrize(
    ("attributes", "value", "category", "error_type"),
    [
        pytest.param({**VALUE}, 0.5, "", "", id="a value is a numeric score"),
        pytest.param({**LABEL}, None, "good", "", id="a label alone is a category"),
        pytest.param({**VALUE, **LABEL}, 0.5, "", "", id="a value wins over its label"),
        pytest.param({**FAILED}, None, "", "timeout", id="an error instead of both is a failure"),
        pytest.param({**FAILED, **VALUE}, 0.5, "", "", id="an error beside a value failed nothing"),
    ],
)
def test_what_an_evaluation_says(
    attributes: dict[str, str | float], value: float | None, category: str, error_type: str
) -> None:
    """A score has a value, a category or the kind of error that its evaluator met."""
    score = evaluation.from_log(make_record({**NAMED, **attributes}))

    assert score is not None
    assert (score.value, score.category, score.error_type) == (value, category, error_type)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(make_record({**NAMED}), id="nothing came of it"),
        pytest.param(make_record({**FAILED}), id="no one says what was evaluated"),
        pytest.param(make_record({**NAMED, **VALUE}, "another.event"), id="it is another event"),
    ],
)
def test_what_is_no_score(record: LogRecord) -> None:
    """Without a name or without an outcome there is nothing to count."""
    assert evaluation.from_log(record) is None


def test_two_ways_of_failing_are_two_failures() -> None:
    """The same failure reported twice has one id, another failure of the same span has its own."""
    fields = [evaluation.from_log(make_record({**NAMED, "error.type": kind})) for kind in ("A", "A", "B")]

    assert [score.score_id for score in fields if score] == [f"{'a' * 32}/{'b' * 16}/faith/None/{k}" for k in "AAB"]


def test_a_replayed_evaluation_of_a_trace_has_the_same_id() -> None:
    """Without a span, the trace and the time say that it is the same one; without a trace, nothing does."""
    record = msgspec.structs.replace(make_record({**NAMED, **VALUE}), span_id="")
    later = msgspec.structs.replace(record, time_ns=record.time_ns + 1)
    nowhere = msgspec.structs.replace(record, trace_id="")

    ids = [score.score_id for one in (record, record, later, nowhere) if (score := evaluation.from_log(one))]

    assert ids[0] == ids[1] != ""
    assert ids[2] not in ("", ids[0])
    assert ids[3] == ""
