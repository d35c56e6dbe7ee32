"""/archive/<key>: one archived text as it was said, by the link of a trace's page. Asked of the archive when opened."""

from threading import BoundedSemaphore

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool

from watchkeeper.archive.names import parse, short
from watchkeeper.archive.opened import OpenArchive
from watchkeeper.errors import ArchiveError
from watchkeeper.exporter.ingest.access import Access, AccessRefused

# A bucket may take its time: few at once, and no thread waits for one.
_MOST_AT_ONCE = 4
_NOT_FOUND, _UNAVAILABLE = 404, 503
_MISSING = "There is no such text: it was never archived, has been deleted, or is another tenant's.\n"


class ArchivedTexts:
    """The page; ``archive`` is None where there is none. A tenant's token shows the tenant's own texts alone."""

    def __init__(self, archive: OpenArchive | None, access: Access) -> None:
        self._archive = archive
        self._access = access
        self._turns = BoundedSemaphore(_MOST_AT_ONCE)

    def router(self) -> APIRouter:
        """Return the route; the archive is asked in threads."""
        router = APIRouter()
        router.add_api_route(
            "/archive/{key:path}", self.text, response_class=PlainTextResponse, include_in_schema=False
        )
        return router

    async def text(self, request: Request, key: str) -> PlainTextResponse:
        """One text, as text whatever is in it."""
        try:
            with self._access.enter(request.headers.get("authorization", "")) as grant:
                return await run_in_threadpool(self._answer, key, grant.tenant)
        except AccessRefused as refusal:
            return _reply(f"Tenants have tokens: {refusal}.\n", refusal.status, dict(refusal.headers))

    def _answer(self, key: str, tenant: str) -> PlainTextResponse:
        name = parse(key)
        if self._archive is None or name is None or (tenant and name.tenant != short(tenant)):
            return _reply(_MISSING, _NOT_FOUND)
        if not self._turns.acquire(blocking=False):
            return _reply("Other texts are being read; try again in some seconds.\n", _UNAVAILABLE)
        try:
            return _reply(self._archive.text(key))
        except ArchiveError as error:
            return _reply(_MISSING, _NOT_FOUND) if error.reason == "gone" else _reply(f"{error}\n", _UNAVAILABLE)
        finally:
            self._turns.release()


def _reply(text: str, status: int = 200, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(text, status, headers={"X-Content-Type-Options": "nosniff", **(headers or {})})
