"""Stand-ins of three billing APIs on loopback, over real HTTP: made by their published references, and none of them.

OpenAI's costs and Anthropic's cost report give buckets of a day in pages, OpenRouter's activity all its days at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.http_server import Quiet, serving

KEY = "sk-admin-1234"
OPENAI, ANTHROPIC, OPENROUTER = "/v1/organization/costs", "/v1/organizations/cost_report", "/api/v1/activity"
_DAY = timedelta(days=1)

# A status, what is sent, and headers.
Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class BillServer:
    """``lines`` are those of a day as each API gives them; ``answers`` come before the next, None lets it through.

    ``asked`` is every request as path and parameters. A day without lines has an empty bucket.
    """

    lines: dict[date, list[dict[str, Any]]] = field(default_factory=dict)
    answers: list[Answer | None] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


def openai_line(usd: str, line_item: str, currency: str = "usd") -> dict[str, Any]:
    """A line of OpenAI's costs."""
    amount = {"value": float(usd), "currency": currency}
    return {"object": "organization.costs.result", "amount": amount, "line_item": line_item, "project_id": None}


def anthropic_line(cents: str, model: str | None, token_type: str | None, tier: str = "standard") -> dict[str, Any]:
    """A line of Anthropic's cost report, grouped by description."""
    return {
        "amount": cents,
        "context_window": "0-200k" if model else None,
        "cost_type": "tokens" if model else "web_search",
        "currency": "USD",
        "description": f"{model} Usage" if model else "Web Search Usage",
        "inference_geo": "global",
        "model": model,
        "service_tier": tier if model else None,
        "token_type": token_type,
        "workspace_id": None,
    }


def openrouter_line(usd: str, model: str, own: str = "0") -> dict[str, Any]:
    """A row of OpenRouter's activity, without its date."""
    return {
        "model": model,
        "model_permaslug": model,
        "endpoint_id": "550e8400-e29b-41d4-a716-446655440000",
        "provider_name": "OpenAI",
        "usage": float(usd),
        "byok_usage_inference": float(own),
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
        "reasoning_tokens": 25,
    }


@contextmanager
def bill_server() -> Iterator[BillServer]:
    """Start one and stop it at the end."""
    server = BillServer()
    with serving(_handler(server)) as server.url:
        yield server


def _handler(server: BillServer) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sought = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            server.asked.append((parts.path, sought))
            keys = {self.headers.get("authorization", ""), self.headers.get("x-api-key", "")}
            planned = server.answers.pop(0) if server.answers else None
            if planned is None and not keys & {f"Bearer {KEY}", KEY}:
                planned = (401, b'{"error": {"message": "Incorrect API key provided"}}', {})
            self.send(*(planned or (200, json.dumps(_answer(server, parts.path, sought)).encode(), {})))

    return Handler


def _answer(server: BillServer, path: str, sought: dict[str, str]) -> dict[str, Any]:
    if path == OPENROUTER:
        return {"data": [{"date": str(day), **line} for day, lines in server.lines.items() for line in lines]}
    if path == OPENAI:
        assert sought["group_by"] == "line_item"
        first, end = (datetime.fromtimestamp(int(sought[name]), UTC) for name in ("start_time", "end_time"))
    else:
        assert path == ANTHROPIC
        assert sought["group_by[]"] == "description"
        first, end = (datetime.fromisoformat(sought[name]) for name in ("starting_at", "ending_at"))
    days = [first.date() + _DAY * number for number in range((end - first).days)]
    start, limit = int(sought.get("page", "page_0").removeprefix("page_")), int(sought["limit"])
    following = f"page_{start + limit}" if start + limit < len(days) else None
    bucket = _openai_bucket if path == OPENAI else _anthropic_bucket
    data = [bucket(day, server.lines.get(day, [])) for day in days[start : start + limit]]
    return {"object": "page", "data": data, "has_more": following is not None, "next_page": following}


def _openai_bucket(day: date, lines: list[dict[str, Any]]) -> dict[str, Any]:
    start = round(datetime.combine(day, time(), UTC).timestamp())
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": lines}


def _anthropic_bucket(day: date, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + _DAY}T00:00:00Z", "results": lines}
