"""POST /v1/events for events in our own vocabulary, and POST /v1/alerts for Alertmanager's webhook."""

from fastapi import APIRouter, Request, Response

from watchkeeper.exporter.ingest.answer import JSON, Answerer, content_type, json_failure, receipt_reply, refuse_type
from watchkeeper.exporter.ingest.intake import Intake

# curl -d says it sends a form; people who try the first example should not have to know.
_EVENT_TYPES = (
    JSON,
    "application/x-ndjson",
    "application/jsonl",
    "application/x-www-form-urlencoded",
    "text/plain",
    "",
)


def native_router(intake: Intake, answerer: Answerer) -> APIRouter:
    """Return the route for events."""
    router = APIRouter(tags=["ingest"])

    @router.post("/v1/events")
    async def events(request: Request) -> Response:
        """Take native events; 400 only when none of them could be taken."""

        async def handle(body: bytes, tenant: str) -> Response:
            if (kind := content_type(request)) not in _EVENT_TYPES:
                raise refuse_type(f"{JSON} or application/x-ndjson", kind)
            return receipt_reply(await intake.take("events", body, tenant))

        return await answerer.answer(request, handle, json_failure)

    return router


def alerts_router(intake: Intake, answerer: Answerer) -> APIRouter:
    """Return the route for Alertmanager; what it reports is about services of all tenants and belongs to none."""
    router = APIRouter(tags=["ingest"])

    @router.post("/v1/alerts")
    async def alerts(request: Request) -> Response:
        """Take Alertmanager's webhook, version 4: every alert becomes a log line."""

        async def handle(body: bytes, _tenant: str) -> Response:
            return receipt_reply(await intake.take("alerts", body))

        return await answerer.answer(request, handle, json_failure)

    return router
