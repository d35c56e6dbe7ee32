import json

import pytest
from tests.support.decoded import decoded, placed
from tests.support.facts import make_span
from tests.support.otlp import as_json

from watchkeeper.exporter.ingest.events import FeedbackEvent, decode_events
from watchkeeper.exporter.ingest.langfuse import decode_ingestion, decode_scores
from watchkeeper.exporter.ingest.langfuse_observations import Observations
from watchkeeper.exporter.ingest.otlp_json import decode_traces
from watchkeeper.exporter.ingest.surrogates import without_half_characters


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        pytest.param(rb'"\ud83d\ude00"', rb'"\ud83d\ude00"', id="a whole character"),
        pytest.param(rb'"\ud83d"', rb'"\ufffd"', id="its first half"),
        pytest.param(rb'"\ude00"', rb'"\ufffd"', id="its second half"),
        pytest.param(rb'"\uDE00\uD83D"', rb'"\ufffd\ufffd"', id="the halves in the wrong order"),
        pytest.param(rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"', id="a half before a whole one"),
        pytest.param(rb'"\\ud83d"', rb'"\\ud83d"', id="an escaped backslash is no escape"),
        pytest.param(rb'"\\\ud83d"', rb'"\\\ufffd"', id="an escape after an escaped backslash"),
        pytest.param(rb'"\u00e9\n\"\ud7ff"', rb'"\u00e9\n\"\ud7ff"', id="other escapes"),
        pytest.param(b"\\", b"\\", id="a backslash at the end"),
    ],
)
def test_only_halves_are_replaced(text: bytes, repaired: bytes) -> None:
    """Whole characters and everything else stay as they are."""
    assert without_half_characters(text) == repaired


def test_a_span_with_a_cut_text_leaves_its_neighbours() -> None:
    """A prompt that was cut inside an emoji costs one character, not the export."""
    body = as_json(make_span({"input": "cut \ud83d"}), make_span())

    spans, rejections = decoded(decode_traces(body))

    assert [span.attributes for span in spans] == [{"input": "cut \ufffd"}, {}]
    assert rejections == []


@pytest.mark.parametrize(
    "form",
    ["[%s,\n%s]", "%s\n%s"],
    ids=["an array", "NDJSON"],
)
def test_an_event_with_a_cut_text_leaves_its_neighbours(form: str) -> None:
    """In either form of a batch both events are taken."""
    good = json.dumps({"type": "feedback", "rating": "positive", "agent": "cut \ud83d"})

    events, rejections = placed(decode_events((form % (good, good)).encode()))

    assert [event.agent for _, event in events if isinstance(event, FeedbackEvent)] == ["cut \ufffd"] * 2
    assert rejections == []


def test_langfuse_scores_with_a_cut_comment() -> None:
    """The scores of Langfuse's SDKs bear with it as well."""
    score = {"id": "1", "name": "helpful", "value": 1, "traceId": "t", "dataType": "NUMERIC", "comment": "cut \ud83d"}

    scores, rejections = placed(decode_scores(json.dumps([score, score]).encode()))
    sent = json.dumps({"batch": [{"id": "e", "type": "score-create", "body": score}]}).encode()
    batch = decode_ingestion(sent, Observations(), "")
    ingested, _ = placed(batch.scores)

    assert (len(scores), len(ingested), rejections) == (2, 1, [])


def test_an_event_of_a_langfuse_batch_that_is_wrong_is_refused_by_itself() -> None:
    """One that is no object, or whose id is a list, leaves its neighbours."""
    score = {"id": "e", "type": "score-create", "body": {"name": "helpful", "value": 1}}
    sent = json.dumps({"batch": [5, {**score, "id": [1]}, score]}).encode()
    batch = decode_ingestion(sent, Observations(), "")

    scores, refused = placed(batch.scores)

    assert ([place for place, _ in scores], refused, list(batch.ids)) == ([2], [], ["", "", "e"])
    assert [(one.index, one.reason) for one in batch.refused] == [(0, "unsupported_type"), (1, "unsupported_type")]
