"""The page at /: what arrived in the last minutes, what is not configured yet, and how to connect an app."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from watchkeeper.exporter.sinks.recent import RecentActivity
from watchkeeper.exporter.web.overview import HourOverview
from watchkeeper.exporter.web.own_gauges import OwnGauges
from watchkeeper.model import LlmCall

_WORDS = {
    "LlmCall": "model calls",
    "ToolCall": "tool calls",
    "McpOperation": "MCP operations",
    "Retrieval": "retrievals",
    "AgentStep": "agent steps",
    "BranchDecision": "branches",
    "HumanReview": "reviews",
    "Score": "scores",
    "Feedback": "feedback",
    "QualityGate": "quality gates",
    "CacheLookup": "cache lookups",
    "GuardrailCheck": "guardrail checks",
    "Embedding": "embeddings",
    "Deployment": "deployments",
    "Incident": "alerts",
    "CodingActivity": "reports of coding agents",
}


def home_router(
    recent: RecentActivity,
    links: Mapping[str, str],
    gauges: OwnGauges,
    templates: Environment,
    *,
    tenants: Sequence[str],
    overview: HourOverview,
) -> APIRouter:
    """Return the page.

    ``links`` are the other parts of the bundle by name, ``gauges`` know the receivers, ``tenants`` are those who have a
    token, ``overview`` has the last hour and what fires.
    """
    router = APIRouter()
    page = templates.get_template("home.html")

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def home(request: Request) -> str:
        """What arrived and how to connect."""
        now = time.time()
        return page.render(
            overview=await run_in_threadpool(overview.now),
            endpoint=str(request.base_url).rstrip("/"),
            services=[
                {
                    "name": name,
                    "facts": {_WORDS.get(kind, kind): count for kind, count in activity.facts.items()},
                    "seconds_ago": max(0, round(now - activity.last_seen)),
                }
                for name, activity in recent.services(now).items()
            ],
            unnamed="unknown" in recent.services(now),
            calls=[_row(call) for call in recent.calls()],
            links=links,
            silent_receivers=gauges.silent_receivers(),
            has_inbox=gauges.has_inbox(),
            is_restricted=bool(tenants),
        )

    return router


def _row(call: LlmCall) -> dict[str, Any]:
    context = call.context
    return {
        "time": datetime.fromtimestamp(context.time_ns / 1e9, UTC).strftime("%H:%M:%S"),
        "service": context.service,
        "model": context.model or context.model_requested or "unknown",
        "status": call.status,
        "input": call.usage.input,
        "output": call.usage.output,
        "duration": call.duration_seconds,
        "cost": _dollars(call.cost.usd) if call.cost else None,
        "unpriced_reason": call.unpriced_reason,
        "trace_id": context.trace_id,
    }


def _dollars(usd: Decimal) -> str:
    """Four digits that count: 0.00023999999999999998 is a sum of binary numbers, not a price."""
    return f"{Decimal(f'{float(usd):.4g}'):f}"
