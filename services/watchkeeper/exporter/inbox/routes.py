"""GET /inbox for people, and POST /v1/inbox/slack and /v1/inbox/pagerduty for Alertmanager."""

import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from watchkeeper.explain.words import utc
from watchkeeper.exporter.inbox.inbox import Inbox
from watchkeeper.exporter.inbox.message import Message, from_pagerduty, from_slack
from watchkeeper.exporter.inbox.mrkdwn import lines
from watchkeeper.exporter.ingest.answer import Answerer, json_failure, json_reply, reply

# What PagerDuty answers: accepted, to be worked on.
_ACCEPTED = 202


def inbox_router(inbox: Inbox, answerer: Answerer) -> APIRouter:
    """Return the two routes that Alertmanager delivers to."""
    router = APIRouter(tags=["inbox"])

    @router.post("/v1/inbox/slack")
    async def slack(request: Request) -> Response:
        """Take a message as Slack's incoming webhooks do."""

        def handle(body: bytes, _tenant: str) -> Response:
            inbox.take(from_slack(body, time.time()))
            return reply(200, b"ok", "text/plain")

        return await answerer.answer(request, handle, json_failure)

    @router.post("/v1/inbox/pagerduty")
    async def pagerduty(request: Request) -> Response:
        """Take an event as PagerDuty's Events API v2 does."""

        def handle(body: bytes, _tenant: str) -> Response:
            event = from_pagerduty(body, time.time())
            inbox.take([event])
            return json_reply(_ACCEPTED, {"status": "success", "message": "Event processed", "dedup_key": event.key})

        return await answerer.answer(request, handle, json_failure)

    return router


def inbox_page(inbox: Inbox, is_delivered_to: Callable[[], bool], templates: Environment) -> APIRouter:
    """Return the page; ``is_delivered_to`` says whether Alertmanager delivers here."""
    router = APIRouter()
    page = templates.get_template("inbox.html")

    @router.get("/inbox", response_class=HTMLResponse, include_in_schema=False)
    async def show() -> str:
        """The last notifications, the newest first."""
        messages = [_row(message, ended) for message, ended in inbox.newest()]
        return page.render(messages=messages, is_delivered_to=is_delivered_to())

    return router


def _row(message: Message, ended: float | None) -> dict[str, Any]:
    return {
        "message": message,
        "time": utc(message.time),
        "ended": utc(ended) if ended else "",
        "lines": lines(message.text),
    }
