"""Keys in every attribute that any dialect reads, in errors, stack traces and URLs: no output has one."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.exporter import PROTOBUF, run_exporter
from tests.support.facts import chat_attributes, make_span
from tests.support.golden import PAYLOADS, spans_of
from tests.support.otlp import as_protobuf

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import Span, SpanEvent

PLANTED = (
    "sk-ant-api03-Zm9vYmFyYmF6cXV4-0123456789 Bearer Zm9vYmFyMTIzNDU2Nzg5 "
    "https://jane:hunter2@host/v1?api_key=Zm9vYmFy "
    "jane.roe@example.com"
)
SECRETS = ("Zm9vYmFy", "hunter2", "jane.roe")
TOGETHER = 100


class Recorded(dict[str, Any]):
    """Attributes that remember by which names they were asked for."""

    asked: set[str] = set()  # noqa: RUF012  # shared by all of them on purpose

    def get(self, key: str, default: Any = None) -> Any:
        """The value, remembered as asked for."""
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        """The value, remembered as asked for."""
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Whether it is there, remembered as asked for."""
        self.asked.add(str(key))
        return super().__contains__(key)


def captured() -> Iterator[Span]:
    """One span of each kind that each captured library sent."""
    seen: set[tuple[str, ...]] = set()
    for file in sorted(PAYLOADS.glob("*/*.bin")):
        try:
            spans = spans_of(file.parent.name, file.stem)
        except Exception:  # noqa: BLE001  # scores, metrics and logs are no spans
            continue
        for span in spans:
            kind = (file.parent.name, *sorted(span.attributes))
            if kind not in seen:
                seen.add(kind)
                yield span


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Every name by which a dialect asks for an attribute of a captured span, of its resource or of its events."""
    normaliser = Normaliser(DIALECTS)
    Recorded.asked.clear()
    for span in captured():
        events = [replace(event, attributes=Recorded(event.attributes)) for event in span.events]
        recorded = replace(span, attributes=Recorded(span.attributes), resource=Recorded(span.resource), events=events)
        normaliser.read(recorded)
    return set(Recorded.asked)


def planted(names: set[str]) -> Iterator[Span]:
    """A call with the keys under each name, and each captured span with them under one of its own names."""
    for number, name in enumerate(sorted(names)):
        ids = {"span_id": f"{number + 1:016x}", "trace_id": f"{number + 1:032x}"}
        event = SpanEvent(name="exception", time_ns=1, attributes={name: PLANTED})
        yield make_span({**chat_attributes(), name: PLANTED}, resource={name: PLANTED}, events=(event,), **ids)
    number = 0
    for span in captured():
        for name, value in span.attributes.items():
            if name in names and isinstance(value, str):
                number += 1
                yield replace(span, span_id=f"{number:016x}", attributes={**span.attributes, name: PLANTED})


def failed() -> Span:
    """A call that failed with the keys in all that says why."""
    attributes = {"exception.type": PLANTED, "exception.message": PLANTED, "exception.stacktrace": PLANTED}
    event = SpanEvent(name="exception", time_ns=1, attributes=attributes)
    said = {"error.type": PLANTED, "url.full": PLANTED, "http.url": PLANTED, "server.address": PLANTED}
    return make_span({**chat_attributes(), **said}, status_code=2, status_message=PLANTED, events=(event,))


def test_the_names_come_from_the_code(names: set[str]) -> None:
    """What is read is found: names of every dialect are among them."""
    assert {"gen_ai.request.model", "llm.model_name", "traceloop.entity.name", "session.id", "service.name"} <= names
    assert len(names) > 200


def test_no_output_has_a_key(names: set[str]) -> None:
    """Log lines, metrics, the start page and the replies."""
    spans = [failed(), *planted(names)]
    with run_exporter() as exporter:
        replies = [
            exporter.client.post("/v1/traces", content=as_protobuf(*spans[start : start + TOGETHER]), headers=PROTOBUF)
            for start in range(0, len(spans), TOGETHER)
        ]
        shown = [exporter.exposition(), exporter.client.get("/").text, *(repr(reply.content) for reply in replies)]
    shown += [repr(line) for line in exporter.lines()]

    assert len(exporter.lines("llm_call_completed")) > len(names)
    assert [text[:2000] for text in shown if any(secret in text for secret in SECRETS)] == []


def test_a_model_is_named_without_the_parameters_of_a_request() -> None:
    """What is behind the question mark is no part of its name, whatever it is."""
    model = {
        "gen_ai.request.model": "gpt-4o-mini?api_key=whatever",
        "gen_ai.response.model": "gpt-4o-mini?key=whatever",
    }
    with run_exporter() as exporter:
        body = as_protobuf(make_span({**chat_attributes(), **model}))
        exporter.client.post("/v1/traces", content=body, headers=PROTOBUF)

        assert exporter.value("llm_requests_total", model="gpt-4o-mini") == 1
        assert "whatever" not in exporter.exposition()
