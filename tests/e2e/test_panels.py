"""Every query of every dashboard runs on the engine that answers it, and shows something after realistic traffic."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.e2e.support.conversations import SERVICE
from tests.e2e.support.payloads import Payload
from tests.e2e.support.seeding import going_on, seed
from tests.e2e.support.shown import EXPECTED, PARTS, RIGHTLY_EMPTY, SAME
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.panels import DEFAULTS, PanelQuery, load_dashboards, panel_queries, with_all

PATHS = {"prometheus": "/api/v1", "loki": "/loki/api/v1"}
# What the reader looks at, and how far apart the points of a graph are.
SHOWN_SECONDS, STEP_SECONDS = 1800, 5
_REFRESHED_SECONDS = 120
# What Grafana puts in for the two versions of a prompt that a reader compares.
COMPARED = {"prompt": "support-answer", "version_a": "7", "version_b": "7"}
# Filters of the page about traces that leave all runs in.
ALL_RUNS = {"cost": "0", "seconds": "0"}
# Names that a regular expression or a string would read in their own way.
SPECIAL = 'a|b(c)[d].*+?^$ "quoted" \\ {braces}'
_CALLS = f'service_model:llm_requests:rate5m{{service="{SERVICE}"}} > 0'
SINGLE = {**COMPARED, **ALL_RUNS}
QUERIES = [pytest.param(query, id=str(query)) for query in panel_queries(single=SINGLE)]
CHOICES = {name for dashboard in load_dashboards().values() for name in with_all(dashboard)}


def escaped(value: str) -> str:
    """A chosen value as Grafana's Prometheus data source puts it into a regular expression within quotes."""
    literal = value.replace("\\", "\\" * 4)
    return re.sub(r"[$^*{}\[\]'+?.()|]", lambda found: "\\\\" + found[0], literal).replace('"', '\\"')


def chosen_by(values: list[str]) -> dict[str, str]:
    """What Grafana puts in where a reader chose these values wherever there is an All."""
    text = f"({'|'.join(map(escaped, values))})" if len(values) > 1 else escaped(values[0])
    return {**DEFAULTS, **dict.fromkeys(CHOICES, text)}


@pytest.fixture(scope="module")
def seeded(stack: Stack, posted: list[Payload]) -> Iterator[Stack]:
    """The bundle after traffic, when rules have looked at it and its lines are in Loki."""
    assert posted
    seed(stack)
    eventually("recorded", lambda: stack.query(_CALLS))
    # Traces that were posted with their roots; those of the seed end when nothing of them came for minutes.
    eventually("traces", lambda: stack.query("llm_agent_steps_count"))
    # Reported once a minute.
    eventually("spenders", lambda: stack.query("llm_top_spender_dollars"))
    eventually("lines of traces", lambda: stack.lines('{event="trace_completed"}'))
    # Windows of minutes are seconds here: without calls the rates would be gone before the last panel is asked.
    with going_on(stack):
        eventually("still recorded", lambda: stack.query(_CALLS))
        yield stack


def ask(stack: Stack, query: PanelQuery) -> httpx.Response:
    """Ask as Grafana does: for the points of a graph, or for one value at the end."""
    url, now = stack.url(query.source_type, PATHS[query.source_type]), time.time()
    if query.is_instant:
        return stack.client.get(f"{url}/query", params={"query": query.expr})
    shown = {"start": now - SHOWN_SECONDS, "end": now, "step": STEP_SECONDS}
    return stack.client.get(f"{url}/query_range", params={"query": query.expr, **shown})


def results(stack: Stack, query: PanelQuery) -> list[object]:
    """The series or lines of an answer without an error."""
    reply = ask(stack, query)
    assert reply.status_code == 200, reply.text
    found: list[object] = reply.json()["data"]["result"]
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_a_panel_shows_something(seeded: Stack, query: PanelQuery) -> None:
    """No panel shows an error, and one that shows nothing is listed above with the reason."""
    if any(re.fullmatch(pattern, str(query)) for pattern in RIGHTLY_EMPTY):
        results(seeded, query)
    else:
        # As a page that refreshes: on a busy machine a scrape may miss the seconds that stand for five minutes.
        eventually(query.expr, lambda: results(seeded, query), seconds=_REFRESHED_SECONDS)


@pytest.mark.parametrize("pattern", RIGHTLY_EMPTY)
def test_the_list_of_empty_panels_is_about_panels(pattern: str) -> None:
    """A line of a panel that is gone would hide another one's emptiness."""
    assert any(re.fullmatch(pattern, str(param.values[0])) for param in QUERIES)


@pytest.mark.parametrize("values", [[SERVICE], [SERVICE, "checkout"], [SPECIAL], [SERVICE, SPECIAL]], ids=str)
@pytest.mark.parametrize("uid", load_dashboards())
def test_choices_reach_the_engines_whole(seeded: Stack, uid: str, values: list[str]) -> None:
    """One value, several, and values with special characters: no query of the page becomes invalid."""
    for query in panel_queries(chosen_by(values), single=ALL_RUNS):
        if query.dashboard == uid and query.source_type == "prometheus":
            reply = ask(seeded, query)
            assert reply.status_code == 200, f"{query}: {reply.text}"


BY_NAME: dict[str, PanelQuery] = {str(param.values[0]): param.values[0] for param in QUERIES}  # type: ignore[misc]


def values(stack: Stack, name: str, at: float) -> list[float]:
    """What a panel shows at a Unix time: its values, each a row or the end of a line."""
    url = stack.url("prometheus", PATHS["prometheus"])
    reply = stack.client.get(f"{url}/query", params={"query": BY_NAME[name].expr, "time": at})
    assert reply.status_code == 200, reply.text
    return [float(found["value"][1]) for found in reply.json()["data"]["result"]]


def sums(stack: Stack, *names: str) -> tuple[float, ...]:
    """The sums of what panels show at one time that is over; none while one of them shows nothing."""
    at = time.time() - STEP_SECONDS
    found = [values(stack, name, at) for name in names]
    return tuple(map(sum, found)) if all(found) else ()


@pytest.mark.parametrize("name", EXPECTED)
def test_values_are_of_the_right_order_of_magnitude(seeded: Stack, name: str) -> None:
    """A panel that shows a thousandth, or a thousand times, of what was sent has the wrong unit or counts twice."""
    lowest, highest = EXPECTED[name]

    def inside() -> list[float]:
        """What it shows once that has begun; seconds stand for five minutes, and in some of them no call failed."""
        shown = values(seeded, name, time.time())
        return shown if shown and min(shown) >= lowest else []

    shown = eventually(f"{name} from {lowest} on", inside, seconds=_REFRESHED_SECONDS)

    assert lowest <= min(shown) <= max(shown) <= highest


@pytest.mark.parametrize(("one", "other"), [*SAME, *PARTS])
def test_a_number_is_the_same_wherever_it_is_shown(seeded: Stack, one: str, other: str) -> None:
    """On two pages, or as a whole and its parts."""
    first, second = eventually(f"{one} and {other}", lambda: sums(seeded, one, other), seconds=_REFRESHED_SECONDS)

    assert first == pytest.approx(second, rel=1e-6)
