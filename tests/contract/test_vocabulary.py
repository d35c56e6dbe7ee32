"""Laws for every fact, every event and every dialect."""

from typing import get_args

import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.ingest import events
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Dialect

EVENTS = get_args(events.NativeEvent)


def names(value: object) -> str:
    """The id of a case."""
    return str(getattr(value, "name", None) or getattr(value, "__name__", value))


@pytest.mark.parametrize("event", EVENTS, ids=names)
def test_every_event_is_documented(event: type) -> None:
    """The schema is for people: each event says what it is."""
    assert (event.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("dialect", DIALECTS, ids=names)
def test_a_dialect_gives_itself_away(dialect: Dialect) -> None:
    """By a scope or by a marker; none of them empty, none reported twice."""
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
