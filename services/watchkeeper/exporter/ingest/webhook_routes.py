"""POST /v1/langfuse/webhook: what Langfuse sends when a prompt changes."""

from fastapi import APIRouter, Request, Response

from watchkeeper.exporter.ingest.answer import Answerer, json_failure, json_reply, receipt_reply
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.ingest.prompt_webhook import REPLAYED
from watchkeeper.exporter.ingest.webhook_signature import WebhookSignatures

# Source: langfuse.com/docs: what a request and a response may have at most. Prompts have some kilobytes.
MOST_BYTES = 5 * 1024 * 1024
MOST_IN_FLIGHT = 4 * MOST_BYTES
_CONFLICT = 409


def webhook_router(intake: Intake, answerer: Answerer, signatures: WebhookSignatures) -> APIRouter:
    """Return the route; the signature takes the place of a token, and what comes is of no tenant."""
    router = APIRouter(tags=["ingest"])

    @router.post("/v1/langfuse/webhook")
    async def webhook(request: Request) -> Response:
        """Take one webhook: 200 for those of no interest too, because Langfuse ends what fails five times."""

        async def handle(body: bytes, _tenant: str) -> Response:
            signatures.check(request.headers.get("x-langfuse-signature", ""), body)
            receipt = await intake.take("prompts", body)
            if any(rejection.reason == REPLAYED for rejection in receipt.rejections):
                return json_reply(_CONFLICT, {"error": receipt.detail})
            return receipt_reply(receipt)

        return await answerer.answer(request, handle, json_failure)

    return router
