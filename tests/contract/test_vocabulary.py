"""Laws for every fact, every event and every dialect."""

import json
from pathlib import Path
from typing import get_args

import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.ingest import events
from watchkeeper.exporter.normalise import native
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.sinks import logs
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Fact

GOLDEN = Path(__file__).parents[1] / "golden"
FACTS = get_args(Fact)
EVENTS = get_args(events.NativeEvent)
EVERY_EVENT = json.loads((GOLDEN / "payloads" / "native" / "events.1.bin").read_bytes())


def names(value: object) -> str:
    """The id of a case."""
    return str(getattr(value, "name", None) or getattr(value, "__name__", value))


@pytest.mark.parametrize("event", EVENTS, ids=names)
def test_every_event_has_a_reader(event: type) -> None:
    """An event that can be decoded can be understood."""
    assert event in native._READERS


def test_every_reader_has_an_event() -> None:
    """Nothing is read that cannot be sent."""
    assert set(native._READERS) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=names)
def test_every_event_is_in_the_golden_batch(event: type) -> None:
    """The pinned batch shows each type of event."""
    tag = event.__struct_config__.tag  # type: ignore[attr-defined]

    assert tag in {told["type"] for told in EVERY_EVENT}


@pytest.mark.parametrize("event", EVENTS, ids=names)
def test_every_event_is_documented(event: type) -> None:
    """The schema is for people: each event says what it is."""
    assert (event.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("fact", FACTS, ids=names)
def test_every_fact_is_counted_and_told(fact: type) -> None:
    """Each kind of fact has its place in the metrics and in the log."""
    sink = MetricsSink(MetricStore(METRICS), LabelAdmission({}, lambda _label: None), lambda _service: None)

    assert fact in sink._count
    assert fact in logs._TELL


@pytest.mark.parametrize("dialect", DIALECTS, ids=names)
def test_a_dialect_gives_itself_away(dialect: Dialect) -> None:
    """By a scope or by a marker; none of them empty, none told twice."""
    assert dialect.scopes or dialect.markers
    assert all((*dialect.scopes, *dialect.markers))
    assert len(set(dialect.markers)) == len(dialect.markers)
    assert len(set(dialect.scopes)) == len(dialect.scopes)


def test_no_two_dialects_speak_for_the_same_scope() -> None:
    """A scope belongs to one dialect."""
    scopes = [scope for dialect in DIALECTS for scope in dialect.scopes]

    assert len(set(scopes)) == len(scopes)


def test_dialects_have_names_of_their_own() -> None:
    """A dialect is known by its name."""
    assert len({dialect.name for dialect in DIALECTS}) == len(DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS, ids=names)
def test_a_dialect_bears_with_an_empty_span(dialect: Dialect) -> None:
    """A span without anything gives facts or none, and no failure."""
    for scope in dialect.scopes or ("",):
        span = make_span({}, scope=scope, resource={}, name="")
        list(dialect.read(span, read_context(span)))
