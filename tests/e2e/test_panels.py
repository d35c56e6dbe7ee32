"""Every query of every dashboard runs on the engine that answers it, and shows something after realistic traffic."""

import re

import httpx
import pytest
from tests.e2e.support.payloads import Payload
from tests.e2e.support.seeding import seed
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.panels import DEFAULTS, PanelQuery, load_dashboards, panel_queries

from watchkeeper.demo.conversations import SERVICE

PATHS = {
    ("prometheus", True): "/api/v1/query",
    ("prometheus", False): "/api/v1/query",
    ("loki", True): "/loki/api/v1/query",
    ("loki", False): "/loki/api/v1/query_range",
}
# What Grafana puts in for the two versions of a prompt that a reader compares.
COMPARED = {"prompt": "support-answer", "version_a": "7", "version_b": "7"}
# Names that a regular expression or a string would read in their own way.
SPECIAL = 'a|b(c)[d].*+?^$ "quoted" \\ {braces}'
# Queries that show nothing after that traffic, and why that is right.
RIGHTLY_EMPTY = {
    r".*/.*/annotation .*": "no price changed and no alert fired yet",
}
CHOSEN = {**DEFAULTS, **COMPARED}
QUERIES = [pytest.param(query, id=str(query)) for query in panel_queries(CHOSEN)]


def escaped(value: str) -> str:
    """A chosen value as Grafana's Prometheus data source puts it into a regular expression within quotes."""
    return re.sub(r"[\\^$*+?.()|{}\[\]]", lambda found: "\\\\" + found[0], value).replace('"', '\\"')


def chosen_by(values: list[str]) -> dict[str, str]:
    """What Grafana puts in where a reader chose these services, teams and models."""
    text = f"({'|'.join(map(escaped, values))})" if len(values) > 1 else escaped(values[0])
    return {**CHOSEN, "service": text, "team": text, "model": text, "slo": text, "budget": text}


@pytest.fixture(scope="module")
def seeded(stack: Stack, posted: list[Payload]) -> Stack:
    """The bundle after traffic, when rules have looked at it and its lines are in Loki."""
    assert posted
    seed(stack)
    eventually("recorded", lambda: stack.query(f'service_model:llm_requests:rate5m{{service="{SERVICE}"}} > 0'))
    eventually("traces", lambda: stack.query(f'llm_agent_steps_count{{service="{SERVICE}"}}'))
    eventually("lines of traces", lambda: stack.lines('{event="trace_completed"}'))
    return stack


def ask(stack: Stack, query: PanelQuery) -> httpx.Response:
    """Ask as Grafana does."""
    path = PATHS[query.source_type, query.is_instant]
    return stack.client.get(stack.url(query.source_type, path), params={"query": query.expr})


@pytest.mark.parametrize("query", QUERIES)
def test_a_panel_shows_something(seeded: Stack, query: PanelQuery) -> None:
    """No panel shows an error, and one that shows nothing is listed above with the reason."""
    reply = ask(seeded, query)

    assert reply.status_code == 200, reply.text
    is_listed = any(re.fullmatch(pattern, str(query)) for pattern in RIGHTLY_EMPTY)
    assert reply.json()["data"]["result"] or is_listed, query.expr


@pytest.mark.parametrize("pattern", RIGHTLY_EMPTY)
def test_the_list_of_empty_panels_is_about_panels(pattern: str) -> None:
    """A line of a panel that is gone would hide another one's emptiness."""
    assert any(re.fullmatch(pattern, str(param.values[0])) for param in QUERIES)


@pytest.mark.parametrize("values", [[SERVICE], [SERVICE, "checkout"], [SPECIAL], [SERVICE, SPECIAL]], ids=str)
@pytest.mark.parametrize("uid", load_dashboards())
def test_choices_reach_the_engines_whole(seeded: Stack, uid: str, values: list[str]) -> None:
    """One value, several, and values with special characters: no query of the page becomes invalid."""
    for query in panel_queries(chosen_by(values)):
        if query.dashboard == uid and query.source_type == "prometheus":
            reply = ask(seeded, query)
            assert reply.status_code == 200, f"{query}: {reply.text}"
