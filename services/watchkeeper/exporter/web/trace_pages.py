"""/traces/<id>: what is known of one trace; /sessions/<id>: the traces of a session. Asked of Loki when opened."""

import time
from collections.abc import Callable, Sequence
from threading import BoundedSemaphore
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from watchkeeper.engines.sessions import sum_of, traces_of
from watchkeeper.engines.timeline import timeline
from watchkeeper.engines.trace_lines import MONTH_DAYS, WEEK_DAYS, Found, Sought, TraceLines, is_id
from watchkeeper.errors import EngineError
from watchkeeper.explain.words import utc
from watchkeeper.exporter.ingest.access import Access, AccessRefused
from watchkeeper.exporter.web.trace_links import TraceLinks
from watchkeeper.exporter.web.trace_rows import shown_rows, shown_session, shown_totals

_MOST_LINES = 1000
# A month of lines takes Loki longer than its other answers.
ANSWER_SECONDS = 30.0
# A search for an id that no line has reads all of a month: few at a time, whoever asks, and no thread waits for one.
_MOST_AT_ONCE = 4
_BAD_REQUEST, _NOT_FOUND, _UNAVAILABLE = 400, 404, 503

_Shown = Callable[[Found, str], dict[str, Any]]


class TracePages:
    """The pages; ``lines`` is None where no Loki is named. A tenant's token shows the tenant's own lines alone."""

    def __init__(self, lines: TraceLines | None, access: Access, templates: Environment, links: TraceLinks) -> None:
        self._lines = lines
        self._access = access
        self._links = links
        self._trace = templates.get_template("trace.html")
        self._session = templates.get_template("session.html")
        self._turns = BoundedSemaphore(_MOST_AT_ONCE)

    def router(self) -> APIRouter:
        """Return the routes; Loki is asked in threads."""
        router = APIRouter()
        for path, page in (("/traces/{name:path}", self.trace), ("/sessions/{name:path}", self.session)):
            router.add_api_route(path, page, response_class=HTMLResponse, include_in_schema=False)
        return router

    async def trace(self, request: Request, name: str) -> HTMLResponse:
        """One trace."""
        return await self._answer(request, ("trace_id", name), self._trace, self._shown_trace)

    async def session(self, request: Request, name: str) -> HTMLResponse:
        """The traces of one session."""
        return await self._answer(request, ("session_id", name), self._session, _shown_session)

    async def _answer(self, request: Request, asked: tuple[str, str], page: Any, shown: _Shown) -> HTMLResponse:
        label, name = asked
        try:
            with self._access.enter(request.headers.get("authorization", "")) as grant:
                sought = Sought(label=label, value=name, tenant=grant.tenant)
                days = MONTH_DAYS if request.query_params.get("days") == str(MONTH_DAYS) else WEEK_DAYS
                return await run_in_threadpool(self._page, sought, days, page, shown)
        except AccessRefused as refusal:
            sentence = f"Tenants have tokens: this page asks for one, as the password of any user ({refusal})."
            return HTMLResponse(page.render(problem=sentence), refusal.status, headers=dict(refusal.headers))

    def _page(self, sought: Sought, days: int, page: Any, shown: _Shown) -> HTMLResponse:
        kind = "trace" if sought.label == "trace_id" else "session"
        if not is_id(sought.value):
            sentence = f"This is no id of a {kind}: it must have 1 to 256 characters, all of them visible."
            return HTMLResponse(page.render(problem=sentence), _BAD_REQUEST)
        try:
            found = self._asked(sought, days)
        except EngineError as error:
            return HTMLResponse(page.render(problem=str(error)), _UNAVAILABLE)
        if not found.lines:
            sentence = (
                f"Loki has no lines of this {kind} in the last {days} days. Lines arrive seconds after a call ended."
            )
            return HTMLResponse(page.render(problem=sentence, further=days < MONTH_DAYS), _NOT_FOUND)
        return HTMLResponse(page.render(problem="", id=sought.value, **shown(found, sought.value)))

    def _asked(self, sought: Sought, days: int) -> Found:
        if self._lines is None:
            raise EngineError("No Loki is named to this exporter.")
        if not self._turns.acquire(blocking=False):
            raise EngineError("Other searches for traces are running; try again in some seconds.")
        try:
            return self._lines.of(sought, time.time(), _MOST_LINES, days)
        finally:
            self._turns.release()

    def _shown_trace(self, found: Found, trace_id: str) -> dict[str, Any]:
        line = timeline(found.lines, is_whole=not found.left_out)
        closing = line.closing
        return {
            "began": utc(line.began),
            "services": line.services,
            "agents": line.agents,
            "sessions": line.sessions,
            "status": closing.status if closing else "",
            "closed_by": closing.closed_by.replace("_", " ") if closing else "",
            "totals": shown_totals(line.totals),
            "rows": shown_rows(line.rows, line.totals.duration_seconds),
            "left_out": found.left_out,
            "links": self._links.of(trace_id, line.services),
        }


def _shown_session(found: Found, _session_id: str) -> dict[str, Any]:
    traces = traces_of(found.lines)
    rows: Sequence[dict[str, Any]] = [shown_session(trace) for trace in traces]
    return {"traces": rows, "totals": shown_totals(sum_of(traces)), "left_out": found.left_out}
