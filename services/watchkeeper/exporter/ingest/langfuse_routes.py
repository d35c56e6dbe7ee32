"""What Langfuse's SDKs need besides OTLP, so that pointing LANGFUSE_HOST at the exporter is enough."""

from fastapi import APIRouter, Request, Response

from watchkeeper.exporter.ingest.answer import Answerer, json_failure, json_reply, said_of
from watchkeeper.exporter.ingest.intake import Intake


def langfuse_router(intake: Intake, answerer: Answerer) -> APIRouter:
    """Return the routes; spans come by the OTLP routes."""
    router = APIRouter(prefix="/api/public", tags=["langfuse"])

    @router.post("/scores")
    async def scores(request: Request) -> Response:
        """Take one score or an array: 202, or 207 when some were refused, which the SDK does not send again."""

        async def handle(body: bytes, tenant: str) -> Response:
            receipt = await intake.take("scores", body, tenant)
            if not receipt.rejections:
                return json_reply(202, {"message": "Accepted"})
            counts = {"accepted": receipt.accepted, "rejected": len(receipt.rejections), "message": receipt.detail}
            return json_reply(207, counts)

        return await answerer.answer(request, handle, json_failure)

    @router.post("/ingestion")
    async def ingestion(request: Request) -> Response:
        """Take the scores and observations of a batch: always 207, with the fate of every event."""

        async def handle(body: bytes, tenant: str) -> Response:
            batch, receipts = await intake.take_batch(body, tenant)
            rejections = [rejection for receipt in receipts for rejection in receipt.rejections]
            refused = {rejection.index: said for rejection, said in said_of(rejections)}
            successes = [{"id": id_, "status": 201} for index, id_ in enumerate(batch.ids) if index not in refused]
            errors = [{"id": batch.ids[index], "status": 400, "message": said} for index, said in refused.items()]
            return json_reply(207, {"successes": successes, "errors": errors})

        return await answerer.answer(request, handle, json_failure)

    @router.get("/projects")
    async def projects(request: Request) -> Response:
        """The project that the SDK's auth_check() asks for, for those whose keys are right."""

        def handle(_body: bytes, _tenant: str) -> Response:
            return json_reply(200, {"data": [{"id": "watchkeeper", "name": "Watchkeeper", "metadata": {}}]})

        return await answerer.answer(request, handle, json_failure)

    return router
