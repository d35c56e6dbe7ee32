"""Whose lines are meant: the queries, and the same for one line."""

import json
import re

import pytest
import re2

from watchkeeper.engines.logql import one_of
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.forgetting.ids import whose
from watchkeeper.operator.forgetting.whose import SESSION, TRACE, USER, Holding, Whose

ALICE, BOB = "a" * 16, "b" * 16


def test_each_label_has_a_query() -> None:
    """Several ids of a kind share one."""
    meant = Whose(ids={USER: (ALICE, BOB), TRACE: ("t.1",)}, tenant='a"b')

    assert list(meant.queries()) == [
        (USER, f'{{service=~".+"}} | user_hash=~"{ALICE}|{BOB}" | tenant="a\\"b"'),
        (TRACE, '{service=~".+"} | trace_id="t.1" | tenant="a\\"b"'),
    ]


def test_lines_that_name_no_one_are_asked_for_by_their_trace() -> None:
    """An empty label is one that is not there."""
    assert list(Whose(ids={}).unnamed(USER, ["t"])) == ['{service=~".+"} | trace_id="t" | user_hash=""']


def test_many_ids_are_many_queries() -> None:
    """Loki refuses a query that is too long; every id is in one of them."""
    ids = [f"{number:032x}" for number in range(5000)]

    queries = [query for _, query in Whose(ids={TRACE: ids}).queries()]

    assert max(map(len, queries)) < 100_000
    assert re.findall(r"[0-9a-f]{32}", "".join(queries)) == ids


@pytest.mark.parametrize("text", ["a.b", r"\Qx\E", "(a|b)*", "a]b[^c]", "$^{}+?", 'say "x"', "é 漢", "a-b#c&~ d"])
def test_an_id_of_any_characters_means_itself(text: str) -> None:
    """As an expression too: it matches itself and nothing else."""
    expression = json.loads(one_of(SESSION, (text, "other")).removeprefix("session_id=~"))

    assert re2.fullmatch(expression, text)
    assert not re2.fullmatch(expression, text + "x")
    assert not re2.fullmatch(expression, "x" * len(text))


@pytest.mark.parametrize(
    ("fields", "is_held"),
    [
        ({"user_hash": ALICE}, True),
        ({"user_hash": BOB}, False),
        ({"trace_id": "t"}, True),
        ({"trace_id": "t", "user_hash": BOB}, False),
        ({"trace_id": "of a session"}, True),
        ({"trace_id": "of a session", "user_hash": BOB}, True),
        ({"trace_id": "of a session", "session_id": "another"}, False),
        ({"trace_id": "other"}, False),
        ({"trace_id": ["t"], "user_hash": [ALICE]}, False),
        ({}, False),
    ],
    ids=[
        "it names the user",
        "it names another one",
        "it names no one, in a trace of the user",
        "it names another one, in a trace of the user",
        "it names no session, in a trace of the session",
        "it names another user and no session, in a trace of the session",
        "it names another session, in a trace of the session",
        "it is of another trace",
        "it has a list for an id",
        "it has nothing",
    ],
)
def test_a_line_is_one_of_them(fields: dict[str, object], is_held: bool) -> None:
    """The same lines as those of the queries."""
    meant = Whose(ids={USER: (ALICE,), SESSION: ("s",)})
    holding = Holding(whose=meant, traces={USER: frozenset({"t"}), SESSION: frozenset({"of a session"})})

    assert holding.holds(fields) is is_held


def test_another_tenants_lines_stay() -> None:
    """The same id may be another person's there."""
    holding = Holding(whose=Whose(ids={USER: (ALICE,)}, tenant="acme"))

    assert holding.holds({"user_hash": ALICE, "tenant": "acme"})
    assert not holding.holds({"user_hash": ALICE, "tenant": "other"})
    assert not holding.holds({"user_hash": ALICE})


@pytest.mark.parametrize("named", [((), (), ()), (("alice",), (), ()), ((), ("",), ()), ((), (), ("a\nb",))])
def test_what_is_no_id_is_refused(named: tuple[tuple[str, ...], ...]) -> None:
    """Nothing is deleted by mistake: a user's name is no hash."""
    with pytest.raises(WatchkeeperError):
        whose(*named, tenant="")
