"""Ways from a panel to the next narrower page, to the lines of a call and to the runbook: time and choices come along.

Pages are named by their uids, which alerts and bookmarks use too: never change one.
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard

OVERVIEW = "llm-overview"
COST = "llm-cost"
LATENCY = "llm-latency"
ERRORS = "llm-errors"
TOKENS = "llm-tokens"
BRANCHES = "llm-branches"
AGENTS = "llm-agents"
RETRIEVAL = "llm-retrieval"
QUALITY = "llm-quality"
DRIFT = "llm-drift"
SILENT_FAILURES = "llm-silent-failures"
CANARIES = "llm-canaries"
JUDGES = "llm-judges"
COMPARISON = "llm-comparison"
PROMPTS = "llm-prompts"
TRACES = "llm-traces"
SESSIONS = "llm-sessions"
CODING_AGENTS = "llm-coding-agents"
CODING_AGENTS_BY = "llm-coding-agents-by"
SLOS = "llm-slos"
ALERTS = "watchkeeper-alerts"
INGEST = "watchkeeper-ingest"
STACK = "watchkeeper-stack"
SERVICES = "services"
INFERENCE = "inference"
GATEWAYS = "gateways"

# What every page about model calls lets the reader choose.
CHOSEN = ("service", "team", "model")
OWNER = ("service", "team")


def of_label(label: str) -> str:
    """The value of a label of the series that was clicked."""
    return f"${{__field.labels.{label}:percentencode}}"


def of_column(heading: str) -> str:
    """The value of a column of the row that was clicked; a heading may have blanks."""
    return f'${{__data.fields["{heading}"]:percentencode}}'


def to_page(title: str, uid: str, *, carry: tuple[str, ...] = (), **chosen: str) -> dashboard.DashboardLink:
    """Lead to a page: ``carry`` are variables to keep, ``chosen`` those that the click sets."""
    kept = [f"${{{name}:queryparam}}" for name in carry if name not in chosen]
    parts = [*(f"var-{name}={value}" for name, value in chosen.items()), *kept, "${__url_time_range}"]
    return dashboard.DashboardLink(title).url(f"/d/{uid}?{'&'.join(parts)}")


def to_lines(title: str, query: str) -> dashboard.DashboardLink:
    """Lead to log lines in Explore; ``query`` may hold ``${__data.fields...}``, which Grafana fills in."""
    queries = [{"refId": "A", "expr": query, "queryType": "range"}]
    spans = {"from": "${__from}", "to": "${__to}"}
    panes = {"a": {"datasource": "watchkeeper-loki", "queries": queries, "range": spans}}
    text = quote(json.dumps(panes, separators=(",", ":")), safe="${}_.:[]")
    return dashboard.DashboardLink(title).url(f"/explore?schemaVersion=1&panes={text}")


def to_runbook(alert: str, base: str) -> dashboard.DashboardLink:
    """Lead to what to do about an alert; ``base`` is the variable with the address of the exporter."""
    link = dashboard.DashboardLink(f"Runbook of {alert}").url(f"${{{base}}}/runbooks/{alert}")
    vars(link.build()).update(placement=None)
    return link


def to_runbook_of_column(heading: str, base: str) -> dashboard.DashboardLink:
    """Lead to the runbook of the alert whose row was clicked."""
    return dashboard.DashboardLink("Runbook").url(f"${{{base}}}/runbooks/{of_column(heading)}")


def as_option(link: dashboard.DashboardLink) -> Mapping[str, object]:
    """The same link as an option of one column of a table."""
    built = link.build()
    return {"title": built.title, "url": built.url or "", "targetBlank": False}
