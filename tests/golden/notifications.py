"""Alerts as rules raise them, and worse ones: what the golden messages report."""

from typing import Any

GRAFANA = "http://localhost:3000/d/llm-overview"
RUNBOOKS = "http://localhost:4318/runbooks"
SINCE = "2026-11-21T03:21:32Z"
UNTIL = "2026-11-21T03:44:02Z"

Alert = dict[str, Any]


def explained(found: Alert, explanation: str) -> Alert:
    """Return the alert with the line that says why a number moved."""
    return {**found, "annotations": {**found["annotations"], "explanation": explanation}}


def alert(labels: dict[str, str], *, summary: str, description: str, runbook: str = "", dashboard: str = "") -> Alert:
    """Return an alert with the four annotations that every rule of ours has."""
    return {
        "labels": labels,
        "annotations": {
            "summary": summary,
            "description": description,
            "runbook_url": f"{RUNBOOKS}/{runbook or labels['alertname']}",
            "dashboard_url": dashboard or GRAFANA,
        },
        "startsAt": SINCE,
    }


ERRORS = alert(
    {
        "alertname": "LLMErrorRateHigh",
        "severity": "critical",
        "service": "search-api",
        "team": "search",
        "provider": "openai",
    },
    summary="Error rate of model calls above threshold.",
    description="31.4% of the calls of search-api to openai failed in the last 5 minutes (threshold 5%).",
    dashboard=f"{GRAFANA}?var-service=search-api",
)
TO_ACT_ON = {
    **ERRORS,
    "annotations": {
        **ERRORS["annotations"],
        "value": "31.4%",
        "changes": "deployments in the last 6 hours: prompt.",
        "first_step": "Open the failed calls (Logs) and read the error.",
    },
}
EXPLAINED = explained(
    TO_ACT_ON,
    "98 % of +22.9 points: model gpt-4o-mini, calls with errors 1.1 % to 49.7 % (certainty: high).",
)

OUTAGE = alert(
    {"alertname": "LLMProviderOutage", "severity": "critical", "provider": "anthropic"},
    summary="Provider outage: most calls to every model of a provider fail.",
    description="At every model of anthropic at least 81.2% of the calls failed with a server error.",
)

TOKENS = [
    alert(
        {
            "alertname": "LLMTokensPerRequestUp",
            "severity": "medium",
            "service": "search-api",
            "team": "search",
            "prompt": "answer",
            "prompt_version": version,
        },
        summary="Tokens per request increased.",
        description=f"A call of answer {version} used {tokens} tokens on average (threshold: 1.5x the day before).",
        dashboard=f"{GRAFANA}?var-service=search-api",
    )
    for version, tokens in (("v7", 4512), ("v8", 5120))
]

MANY = [
    alert(
        {"alertname": "LLMToolSlow", "severity": "critical", "service": "agents", "team": "chat", "tool": f"tool-{at}"},
        summary="p95 latency of a tool above threshold.",
        description=f"p95 latency of tool-{at} was {at + 12}.5s in the last 15 minutes (threshold 10s).",
        dashboard=f"{GRAFANA}?var-service=agents",
    )
    for at in range(60)
]

# Whatever someone may have put into telemetry, in the places where it comes through.
NASTY_NAME = "<!channel> & <b>co</b>|'x'\"y\"`z`\n\\*_~ 🦜 ${HOME} {{ .Status }} %s"
NASTY = alert(
    {
        "alertname": "LLMLatencyHigh",
        "severity": "critical",
        "service": NASTY_NAME,
        "team": 'a "team"',
        "provider": "y" * 5000,
    },
    summary=f"{NASTY_NAME}: a summary <https://evil.example|with a link>",
    description="<script>alert('x')</script>\n\n" + "& ünï 🦜 " * 700,
    dashboard=f"{GRAFANA}?var-service=a|b>c d&e=\"f'",
)
NASTY = explained(NASTY, f"{NASTY_NAME} of it\n" * 20)

# Of another service: a cost spike inhibits what it is made of.
ESCALATED = alert(
    {
        "alertname": "LLMCostSpike",
        "severity": "critical",
        "service": "report-api",
        "team": "search",
        "escalated_alert": "LLMCostSpike",
    },
    summary="High-severity alert unresolved for 30 minutes, escalated to critical.",
    description="LLMCostSpike of report-api has been firing for 30 minutes and is escalated to critical.",
    runbook="AlertStillFiring",
    dashboard=f"{GRAFANA}?var-service=report-api",
)

FAILING = alert(
    {
        "alertname": "AlertmanagerNotificationsFailing",
        "severity": "high",
        "service": "watchkeeper-alertmanager",
        "instance": "alertmanager:9093",
        "integration": "slack",
        "component": "alertmanager",
    },
    summary="Alertmanager fails to send notifications.",
    description="100% of the notifications via slack failed in the last 15 minutes.",
)

NOT_SCRAPED = alert(
    {
        "alertname": "WatchkeeperNotScraped",
        "severity": "critical",
        "service": "watchkeeper",
        "component": "prometheus",
    },
    summary="Prometheus no longer scrapes the exporter, so alerts on metrics cannot fire.",
    description="The exporter logged 3 times in the last 3 minutes that no scrape of its metrics has finished for "
    "more than 2 minutes.",
    dashboard="http://localhost:3000/d/watchkeeper-stack",
)

# What Prometheus makes of a dashboard's link where no one said where Grafana is.
NO_GRAFANA = alert(
    {"alertname": "LLMContextNearlyFull", "severity": "critical", "service": "report-api", "team": "search"},
    summary="Calls fill most of the context window.",
    description="12% of the calls of report-api filled more than 90% of the context window in the last hour.",
    dashboard="/d/llm-tokens?var-service=report-api",
)

BARE = {"labels": {"alertname": "Homemade", "severity": "critical"}, "annotations": {}, "startsAt": SINCE}

LOW = [
    alert(
        {"alertname": name, "severity": "low", **({"service": service, "team": "search"} if service else {})},
        summary=summary,
        description=description,
        dashboard=f"{GRAFANA}?var-service={service}" if service else "",
    )
    for name, service, summary, description in (
        (
            "LLMUnpricedModel",
            "",
            "Model without a price: cost totals are too low.",
            "Calls of openai my-finetune-3 without a price in the last hour: 12 (unknown_model).",
        ),
        (
            "CacheHitRateLow",
            "search-api",
            "Cache hit rate below threshold.",
            "Hit rate of cache answers in search-api was 41% in the last 15 minutes (threshold 70%).",
        ),
    )
]

# What fires, by the name of its message; each has an alert of its own.
FIRING: dict[str, list[Alert]] = {
    "critical": [EXPLAINED],
    "outage": [OUTAGE],
    "two_versions": TOKENS,
    "sixty": MANY,
    "nasty": [NASTY],
    "escalated": [ESCALATED],
    "past_slack": [FAILING],
    "not_scraped": [NOT_SCRAPED],
    "no_grafana": [NO_GRAFANA],
    "bare": [BARE],
    "digest": LOW,
}
OVER: dict[str, list[Alert]] = {"resolved": [{**EXPLAINED, "endsAt": UNTIL}]}
