"""Every query of every dashboard runs on the engine that answers it, and shows something after realistic traffic."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.e2e.support.conversations import SERVICE
from tests.e2e.support.payloads import Payload
from tests.e2e.support.seeding import going_on, seed
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.panels import DEFAULTS, PanelQuery, load_dashboards, panel_queries

PATHS = {"prometheus": "/api/v1", "loki": "/loki/api/v1"}
# What the reader looks at, and how far apart the points of a graph are.
SHOWN_SECONDS, STEP_SECONDS = 1800, 5
_REFRESHED_SECONDS = 30
# What Grafana puts in for the two versions of a prompt that a reader compares.
COMPARED = {"prompt": "support-answer", "version_a": "7", "version_b": "7"}
# Filters of the page about traces that leave all runs in.
ALL_RUNS = {"cost": "0", "seconds": "0"}
# Names that a regular expression or a string would read in their own way.
SPECIAL = 'a|b(c)[d].*+?^$ "quoted" \\ {braces}'
# Queries that show nothing after that traffic, and why that is right; other tests may have made some of them show more.
RIGHTLY_EMPTY = {
    r"[\w-]+/annotation (Prices|Alerts)/": "no price changed, and no alert need have fired",
    r"[\w-]+/.* by .*/B": "the rest beside the ten largest: there are no eleven of them",
    r"llm-(latency|overview)/(Latency \(p50, p95, p99\)|Time to first token)/D": "the data is far from the threshold",
    r"(llm-agents/Tool latency|llm-retrieval/Latency by retriever|llm-tokens/Context window usage) \(p95\)/B": (
        "the data is far from the threshold"
    ),
    r"llm-errors/Error rate by service/B": "the data is far from the threshold",
    r"llm-branches/(Last hour and day before/[AC]|Human-review rate/B)": "it compares with the day before",
    r"llm-errors/Model calls per run/B": "it compares with the day before",
    r"llm-cost/(Usual hour/A|Cost of the last hour and usual/B)": "what is usual is known after three days",
    r"llm-overview/Services/E": "what is usual is known after three days",
    r"llm-overview/(Budget used/A|Silent failures/A|Drift/A|Canary scores/[AB]|Time since the last canary run/A)": (
        "the shipped configuration has no budget, and no one measures drift, silent failures and canaries"
    ),
    r"llm-quality/(Failed evaluations|Categorical scores|Latest failed checks)/A": (
        "no evaluation failed, and no score of that traffic is a word"
    ),
    r"llm-retrieval/Latest failed searches/A": "no search failed",
    r"llm-canaries/.*": "the shipped watchkeeper.yml has no canary; tests/e2e/test_canaries.py runs some",
    r"llm-judges/.*": "the shipped watchkeeper.yml has no judge",
    r"llm-drift/.*": "the analyzer compares the distributions of days",
    r"llm-silent-failures/(Share of .*|Runs by result|Why runs are not evaluated|Contracts)/A": (
        "the shipped watchkeeper.yml has no contract"
    ),
    r"watchkeeper-alerts/Share of the largest causes/A": "no alert need have been explained",
    r"llm-slos/.*": "the shipped watchkeeper.yml has no SLO and no budget",
    r"llm-tokens/Estimated/A": "no client estimated tokens",
    r"llm-traces/Steps of the run/A": "no run is chosen",
    r"llm-cost/Models without a price/A": "every model may have a price",
    r"services/(5xx rate|Request latency \(p95\)|CPU usage|Memory usage|Disk usage)/B": (
        "the data is far from the threshold, or is not there"
    ),
    r"services/(Database query latency \(p95\)|Connection pool usage|Cache hit rate)/[AB]": (
        "no service of one's own is scraped"
    ),
    r"services/(CPU|Memory) usage/A": "no machine runs node_exporter",
    r"services/Free disk space in a day \(forecast\)/A": "a forecast needs an hour of history",
    r"services/Targets down/A": "none is down",
    r"(watchkeeper-alerts|llm-overview)/Firing alerts/A": "none need fire",
    r"watchkeeper-alerts/(Longest|Fired|Resolved|Mean time to resolve|Fired by severity|Noisiest alerts)/A": (
        "no alert need have fired"
    ),
    r"watchkeeper-alerts/(By service|By team|Alert history|Last successful drill)/A": "no alert need have fired",
    r"watchkeeper-ingest/(Detail lost at the series limit|Ended series|Failed forwarding to other backends)/A": (
        "nothing was lost"
    ),
    r"watchkeeper-ingest/(Rejected and dropped records/[AB]|Warnings and errors of the exporter/A)": "nothing was lost",
    r"watchkeeper-stack/(Errors of the components|Loki 5xx rate|Runs that did not succeed)/A": "nothing failed",
    r"watchkeeper-stack/(Failed and missed rule evaluations|Lost log lines)/[ABC]": "nothing failed",
    r"watchkeeper-stack/Time since the last compactor run of Loki/A": "the compactor first runs after ten minutes",
}
_CALLS = f'service_model:llm_requests:rate5m{{service="{SERVICE}"}} > 0'
CHOSEN = {**DEFAULTS, **COMPARED, **ALL_RUNS}
QUERIES = [pytest.param(query, id=str(query)) for query in panel_queries(CHOSEN)]


def escaped(value: str) -> str:
    """A chosen value as Grafana's Prometheus data source puts it into a regular expression within quotes."""
    literal = value.replace("\\", "\\" * 4)
    return re.sub(r"[$^*{}\[\]'+?.()|]", lambda found: "\\\\" + found[0], literal).replace('"', '\\"')


def chosen_by(values: list[str]) -> dict[str, str]:
    """What Grafana puts in where a reader chose these services, teams and models."""
    text = f"({'|'.join(map(escaped, values))})" if len(values) > 1 else escaped(values[0])
    return {**CHOSEN, "service": text, "team": text, "model": text, "slo": text, "budget": text}


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
    for query in panel_queries(chosen_by(values)):
        if query.dashboard == uid and query.source_type == "prometheus":
            reply = ask(seeded, query)
            assert reply.status_code == 200, f"{query}: {reply.text}"
