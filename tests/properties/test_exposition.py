"""Any text in any field that is sent: each scrape parses, says what was sent, and has no series that no one sent.

Each request is sent with a plain word in all its texts to one exporter, and with wild texts in them to another: the
series of both are the same ones but for the texts.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter
from tests.support.facts import NOW, TRACE_ID, make_span
from tests.support.hostile import HOSTILE
from tests.support.metric_requests import metric_of, request_of
from tests.support.otlp import as_json
from tests.support.strategies import KNOWN_KEYS
from tests.support.strict_exposition import ExpositionError, Labels, parse

from watchkeeper.exporter.ingest.events import NativeEvent
from watchkeeper.metrics.admission import cleaned
from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model.ids import canonical_id, valid_trace_id

OPENMETRICS_TYPE = "application/openmetrics-text"
SYNTAX = st.text(st.sampled_from('"\\\n{}#= ,'), max_size=12)
WILD = st.sampled_from([*HOSTILE.values()]) | st.text(max_size=60) | SYNTAX
EVENTS: dict[str, type[msgspec.Struct]] = {str(event.__struct_config__.tag): event for event in get_args(NativeEvent)}
REQUIRED: dict[str, dict[str, Any]] = {
    "human_review": {"outcome": "approved"},
    "score": {"value": 0.5},
    "feedback": {"rating": "positive"},
    "quality_gate": {"passed": True},
    "cache_lookup": {"hit": True},
    "guardrail_check": {"result": "passed"},
    "evaluation_failure": {"error_type": "timeout"},
    "embedding": {"vector": [0.5, -0.5]},
}
NUMBERS = {
    "input_tokens": 10, "output_tokens": 5, "duration_seconds": 1.5, "time_to_first_token_seconds": 0.5, "documents": 3,
    "top_score": 0.5, "is_streaming": True,
}  # fmt: skip
OPERATIONS = ("chat", "embeddings", "execute_tool", "retrieval", "invoke_agent")
# Numbers of the exporter about itself, which move by themselves or by the length of what was sent.
OWN = ("watchkeeper_", "http_", "process_", "python_")
_number = itertools.count()

Series = tuple[str, Labels]
Build = Callable[[str], tuple[str, dict[str, str], bytes]]


def event_request(kind: str, text: str) -> tuple[str, dict[str, str], bytes]:
    """A native event with the text in every field that takes text."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(EVENTS[kind])}
    given = {name: number for name, number in NUMBERS.items() if name in fields} | REQUIRED.get(kind, {})
    texts = {name: text for name in fields if name not in given and takes_text(EVENTS[kind], name)}
    return "/v1/events", JSON, json.dumps([{**texts, **given, "type": kind}]).encode()


def takes_text(event: type[msgspec.Struct], name: str) -> bool:
    """Whether the field takes any text that is not too long; a timestamp and words of closed sets do not."""
    hint = event.__annotations__.get(name) or next(
        base.__annotations__[name] for base in event.__mro__ if name in getattr(base, "__annotations__", {})
    )
    try:
        msgspec.convert("any text", hint)
    except (msgspec.ValidationError, TypeError):
        return False
    return name not in ("timestamp", "metadata", "error_type", "finish_reason")


def span_request(operation: str, text: str) -> tuple[str, dict[str, str], bytes]:
    """A span with the text in each attribute that a dialect reads, but for numbers and words of closed sets."""
    attributes = {key: text for key in KNOWN_KEYS if not key.startswith(("gen_ai.usage", "error.", "http."))}
    attributes |= {"gen_ai.operation.name": operation, "gen_ai.usage.input_tokens": 7}
    ids = {"span_id": f"{next(_number) + 1:016x}", "trace_id": f"{next(_number) + 1:032x}"}
    span = make_span(attributes, **ids, name=text, scope=text, status_message=text, resource={"service.name": text})
    return "/v1/traces", JSON, as_json(span)


def log_request(text: str) -> tuple[str, dict[str, str], bytes]:
    """A log record that brings a score, with the text in every attribute."""
    texts = {
        "gen_ai.evaluation.name": text,
        "gen_ai.evaluation.score.label": text,
        "gen_ai.evaluation.explanation": text,
        "gen_ai.response.id": text,
        "session.id": text,
    }
    record = {
        "eventName": "gen_ai.evaluation.result",
        "timeUnixNano": str(int(NOW * 1e9)),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in texts.items()],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": text}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": text}, "logRecords": [record]}]}]}
    return "/v1/logs", JSON, json.dumps(body).encode()


def score_request(text: str) -> tuple[str, dict[str, str], bytes]:
    """A score of a Langfuse SDK with the text in every field."""
    names = ("name", "value", "id", "traceId", "observationId", "sessionId", "environment", "source", "queueId")
    return "/api/public/scores", JSON, json.dumps(dict.fromkeys(names, text)).encode()


def metric_request(text: str) -> tuple[str, dict[str, str], bytes]:
    """An OTLP metric with the text as its name, unit, attribute and resource."""
    metric = metric_of(text, "sum", {"_as_int": 1, "model": text, text: "x"}, unit=text)
    return "/v1/metrics", PROTOBUF, request_of(metric, scope=text, **{"service.name": text}).SerializeToString()


def alert_request(text: str) -> tuple[str, dict[str, str], bytes]:
    """A notification of Alertmanager with the text in every field."""
    labels = dict.fromkeys(("alertname", "severity", "service", "team", "component"), text)
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": text, "description": text},
        "startsAt": text,
        "generatorURL": text,
        "fingerprint": text,
    }
    return "/v1/alerts", JSON, json.dumps({"version": "4", "receiver": text, "alerts": [alert]}).encode()


REQUESTS: dict[str, Build] = {
    **{f"event {kind}": partial(event_request, kind) for kind in EVENTS},
    **{f"span {operation}": partial(span_request, operation) for operation in OPERATIONS},
    "log": log_request,
    "score": score_request,
    "metric": metric_request,
    "alert": alert_request,
}


def scraped(exporter: ExporterInTest) -> set[Series]:
    """The series of both formats, which are the same but for created times, as two strict parsers read them."""
    plain, full = exporter.exposition(), exporter.exposition(OPENMETRICS_TYPE)
    text, openmetrics = parse(plain, openmetrics=False), parse(full, openmetrics=True)
    for read, family_parser, whole in ((text, parse_text, plain), (openmetrics, parse_openmetrics, full)):
        theirs = [(sample.name, sample.labels) for family in family_parser(whole) for sample in family.samples]
        assert {with_bounds_alike(name, dict(labels)) for name, labels in read.series} == {
            with_bounds_alike(name, labels) for name, labels in theirs
        }
    assert all(set(labels) == {"trace_id"} and valid_trace_id(labels["trace_id"]) for labels in openmetrics.exemplars)
    sent = {series for series in text.series if not series[0].startswith(OWN)}
    reported = {series for series in openmetrics.series if not series[0].startswith(OWN)}
    assert sent == {series for series in reported if not series[0].endswith("_created")}
    return sent


def with_bounds_alike(name: str, labels: Mapping[str, str]) -> Series:
    """A series with its bound as a number: parsers spell 1 and 1.0 each in its own way."""
    return name, frozenset((label, str(float(value)) if label == "le" else value) for label, value in labels.items())


def series_by_text(build: Build, texts: list[str]) -> list[set[Series]]:
    """What a new exporter shows of each text, with a word in its place, and last what it shows without any."""
    with run_exporter() as exporter:
        for text in texts:
            path, headers, body = build(text)
            response = exporter.client.post(path, content=body, headers=headers)
            assert response.is_success, response.text
        found = scraped(exporter)
    marks = {spelling: place for place, text in enumerate(texts) for spelling in spellings(text)}
    groups: list[set[Series]] = [set() for _ in range(len(texts) + 1)]
    for name, labels in found:
        place = next((marks[value] for _, value in labels if value in marks), len(texts))
        groups[place].add((name, frozenset((label, "TEXT" if value in marks else value) for label, value in labels)))
    return groups


def spellings(text: str) -> set[str]:
    """How a text may be in a label: as it is, or as names of providers and models are compared."""
    return {cleaned(text), cleaned(text.strip()), cleaned(text.lower()), cleaned(text.strip().lower())}


@pytest.mark.parametrize("request_name", REQUESTS)
@settings(max_examples=4, phases=(Phase.generate,))  # of sixteen texts each; making a failure smaller takes minutes
@given(wild=st.lists(WILD, min_size=16, max_size=16))
def test_any_text_in_any_field(request_name: str, wild: list[str]) -> None:
    """The scrape parses strictly in both formats, and has the series of a plain word with each text in its place."""
    build = REQUESTS[request_name]
    expected, nameless = series_by_text(build, ["word"])

    *found, others = series_by_text(build, [f"{place}x{text}" for place, text in enumerate(wild)])

    assert others == nameless
    assert all(series == expected for series in found)


@pytest.mark.parametrize("request_name", [name for name in REQUESTS if name != "metric"])
def test_every_line_is_one_json_object(request_name: str) -> None:
    """Hostile text stays inside of its line, and comes out of it as it was sent."""
    texts = [f"{place}x{text}" for place, text in enumerate(HOSTILE.values())]
    with run_exporter() as exporter:
        for text in texts:
            path, headers, body = REQUESTS[request_name](text)
            assert exporter.client.post(path, content=body, headers=headers).is_success

    lines = exporter.lines()  # complete once the exporter has stopped, and each parsed as JSON

    assert all(isinstance(line, dict) and line["event"] for line in lines)
    found = {value for line in lines for value in line.values() if isinstance(value, str)}
    assert [text for text in texts if not {text, text.strip()} & found] == []


def test_an_id_is_logged_as_it_came() -> None:
    """Any trace id is on the line; only hex of the W3C's is put into lower case, so that it finds its trace."""
    with run_exporter() as exporter:
        for hostile in HOSTILE.values():
            exporter.post_events({"type": "feedback", "rating": "positive", "trace_id": hostile, "span_id": hostile})

    logged = [line["trace_id"] for line in exporter.lines("feedback_received")]

    assert logged == [canonical_id(hostile) for hostile in HOSTILE.values()]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@settings(max_examples=20)
@given(data=st.data())
def test_any_label_of_any_metric(metric: Metric, data: st.DataObject) -> None:
    """The store shows the label values that it was given, closed sets included, in both formats."""
    values = tuple(data.draw(WILD) for _ in metric.labels)
    store = MetricStore(METRICS)
    if metric.type == "histogram":
        store.histograms[metric.name].observe(values, 1.0, NOW, valid_trace_id(TRACE_ID))
    elif metric.type == "gauge":
        store.families[metric.name].set(values, 1.0)
    else:
        store.families[metric.name].add(values, 1, NOW, valid_trace_id(TRACE_ID))

    expected = {label: value for label, value in zip(metric.labels, map(cleaned_control, values), strict=True) if value}
    for openmetrics in (False, True):
        text = "".join(render(store, openmetrics=openmetrics)) + ("# EOF\n" if openmetrics else "")
        for _, labels in parse(text, openmetrics=openmetrics).series:
            assert {name: value for name, value in labels if name != "le"} == expected


def cleaned_control(text: str) -> str:
    """What no parser takes is replaced: U+0000 and half characters."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


GOOD = '# HELP a A.\n# TYPE a counter\na_total{b="c"} 1\n# EOF\n'


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace("# EOF\n", ""),
        GOOD.replace('"c"', '"c'),
        GOOD.replace('"c"', '"\\t"'),
        GOOD.replace(" 1\n", " one\n"),
        GOOD.replace("a_total", "b_total"),
        GOOD.replace('b="c"', 'b="c",b="d"'),
        GOOD.replace(" 1\n", ' 1\na_total{b="c"} 2\n'),
        GOOD.replace(" 1\n", ' 1 # {trace_id="' + "x" * 121 + '"} 1\n'),
        GOOD.replace('"c"', '"\x00"'),
        GOOD.replace("# TYPE a counter", "# TIPE a counter"),
    ],
    ids=ascii,
)
def test_the_strict_parser_is_strict(bad: str) -> None:
    """What the format does not allow is refused, else the properties above would show nothing."""
    assert parse(GOOD, openmetrics=True).series == {("a_total", frozenset({("b", "c")})): 1.0}

    with pytest.raises(ExpositionError):
        parse(bad, openmetrics=True)
