"""Alerts as rules raise them, and worse ones: what the golden messages tell of."""

from typing import Any

GRAFANA = "http://localhost:3000/d/llm-overview"
RUNBOOKS = "http://localhost:4318/runbooks"
SINCE = "2026-11-21T03:21:32Z"
UNTIL = "2026-11-21T03:44:02Z"

Alert = dict[str, Any]


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
    summary="Model calls of a service fail more often than they may.",
    description="31.4% of the calls of search-api to openai failed in the last 5 minutes, 5% are allowed.",
    dashboard=f"{GRAFANA}?var-service=search-api",
)

OUTAGE = alert(
    {"alertname": "LLMProviderOutage", "severity": "critical", "provider": "anthropic"},
    summary="Most calls to every model of a provider fail.",
    description="Of every model of anthropic at least 81.2% of the calls met a broken server.",
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
        summary="A prompt needs more tokens per call than it did.",
        description=f"A call of answer {version} took {tokens} tokens in the last hour, 1.5 times the day before.",
        dashboard=f"{GRAFANA}?var-service=search-api",
    )
    for version, tokens in (("v7", 4512), ("v8", 5120))
]

MANY = [
    alert(
        {"alertname": "LLMToolSlow", "severity": "critical", "service": "agents", "team": "chat", "tool": f"tool-{at}"},
        summary="A tool takes longer than it may.",
        description=f"95 of 100 runs of tool-{at} took up to {at + 12}.5s in the last 15 minutes, 10s are allowed.",
        dashboard=f"{GRAFANA}?var-service=agents",
    )
    for at in range(60)
]

# Whatever somebody may have put into telemetry, in the places where it comes through.
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

ESCALATED = alert(
    {
        "alertname": "LLMCostSpike",
        "severity": "critical",
        "service": "search-api",
        "team": "search",
        "escalated_alert": "LLMCostSpike",
    },
    summary="An alert of high severity has not been mended for half an hour.",
    description="LLMCostSpike of search-api has been firing for 30 minutes and is critical now.",
    runbook="AlertStillFiring",
    dashboard=f"{GRAFANA}?var-service=search-api",
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
    summary="Messages of one kind do not reach their receivers.",
    description="100% of the notifications by slack in the last 15 minutes failed.",
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
            "Calls of a model have no price.",
            "12 calls of my-finetune-3 of openai in the last day have no price.",
        ),
        (
            "CacheHitRateLow",
            "search-api",
            "A cache finds less than it should.",
            "The cache answers of search-api found 41% of what was looked up, 70% are expected.",
        ),
    )
]

# What fires, by the name of its message; each has an alert of its own.
FIRING: dict[str, list[Alert]] = {
    "critical": [ERRORS],
    "outage": [OUTAGE],
    "two_versions": TOKENS,
    "sixty": MANY,
    "nasty": [NASTY],
    "escalated": [ESCALATED],
    "past_slack": [FAILING],
    "not_scraped": [NOT_SCRAPED],
    "bare": [BARE],
    "digest": LOW,
}
OVER: dict[str, list[Alert]] = {"resolved": [{**ERRORS, "endsAt": UNTIL}]}
