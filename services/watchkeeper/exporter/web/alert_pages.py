"""/alerts: what fires and what is silenced; /alerts/<fingerprint>: one alert, with what helps to act on it."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from watchkeeper.engines.alertmanager import Alertmanager, HeldAlert, Silence, worst_first
from watchkeeper.errors import EngineError
from watchkeeper.exporter.web.alert_facts import AlertFacts, example_traces
from watchkeeper.exporter.web.readable import readable

_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_HOURS = (1, 4, 24)
# A person waits for the page.
_ANSWER_SECONDS = 4.0
_MOST_FORM_BYTES = 4096
_LONGEST_FIELD = 200
# A silence covers the escalation of an alert too, as the link in notifications does.
_NOT_MATCHED = frozenset({"severity", "escalated_alert"})
_TEXTS = ("summary", "value", "explanation", "changes", "first_step")
_SEE_OTHER, _FORBIDDEN, _NOT_FOUND, _TOO_LARGE, _UNPROCESSABLE, _UNAVAILABLE = 303, 403, 404, 413, 422, 503


class AlertPages:
    """The pages; ``alertmanager`` is None where its address is not known, ``grafana_url`` empty where there is none.

    ``may_silence`` says whether whoever reaches the exporter may: not where tenants have tokens.
    """

    def __init__(
        self,
        alertmanager: Alertmanager | None,
        facts: AlertFacts,
        templates: Environment,
        *,
        grafana_url: str,
        may_silence: bool,
    ) -> None:
        self._alertmanager = alertmanager
        self._facts = facts
        self._list = templates.get_template("alerts.html")
        self._page = templates.get_template("alert.html")
        self._grafana_url = grafana_url
        self._may_silence = may_silence

    def router(self) -> APIRouter:
        """Return the routes; engines are asked in threads."""
        router = APIRouter()
        router.add_api_route("/alerts", self.index, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/alerts/{fingerprint}", self.show, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route(
            "/alerts/{fingerprint}/silence",
            self.silence,
            methods=["POST"],
            response_model=None,
            include_in_schema=False,
        )
        return router

    def index(self) -> HTMLResponse:
        """All alerts: those that people are notified of, and those that they are not."""
        try:
            held = self._held()
        except EngineError as error:
            return HTMLResponse(self._list.render(problem=str(error), firing=[], quiet=[]), _UNAVAILABLE)
        rows = [alert_row(alert) for alert in worst_first(held)]
        firing = [row for row in rows if not row["why_quiet"]]
        return HTMLResponse(self._list.render(problem="", firing=firing, quiet=[r for r in rows if r["why_quiet"]]))

    def show(self, fingerprint: str) -> HTMLResponse:
        """One alert."""
        try:
            alert = self._find(fingerprint)
            silences = self._silences(alert) if alert else []
        except EngineError as error:
            return self._problem(str(error), _UNAVAILABLE)
        if alert is None:
            return self._problem("No such alert fires; it may be over.", _NOT_FOUND)
        now = time.time()
        lines = self._facts.lines(alert, now)
        shown = self._page.render(
            problem="",
            alert=alert_row(alert),
            labels=sorted(alert.labels.items()),
            annotations=alert.annotations,
            silences=silences,
            graph=self._facts.graph(alert, now),
            lines=lines,
            traces=example_traces(lines),
            dashboard_url=alert.annotations.get("dashboard_url", "") if self._grafana_url else "",
            hours=_HOURS,
            may_silence=self._may_silence,
        )
        return HTMLResponse(shown)

    async def silence(self, request: Request, fingerprint: str) -> Response:
        """Silence an alert for 1, 4 or 24 hours, and show its page again."""
        if not self._may_silence:
            return self._problem("Tenants have tokens: silence it in Alertmanager.", _FORBIDDEN)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_FORM_BYTES:
                return self._problem("The form is too large.", _TOO_LARGE)
        form = {name: values[0].strip() for name, values in parse_qs(bytes(body).decode("utf-8", "replace")).items()}
        return await run_in_threadpool(self._silenced, fingerprint, form)

    def _silenced(self, fingerprint: str, form: Mapping[str, str]) -> Response:
        author, comment, hours = form.get("author", ""), form.get("comment", ""), form.get("hours", "")
        if (
            hours not in map(str, _HOURS)
            or not author
            or not comment
            or max(len(author), len(comment)) > _LONGEST_FIELD
        ):
            return self._problem(
                f"A silence needs who you are, why (each at most {_LONGEST_FIELD} characters), and 1, 4 or 24 hours.",
                _UNPROCESSABLE,
            )
        try:
            alert = self._find(fingerprint)
            if alert is None or self._alertmanager is None:
                return self._problem("No such alert fires; it may be over.", _NOT_FOUND)
            labels = {name: value for name, value in alert.labels.items() if name not in _NOT_MATCHED}
            self._alertmanager.silence(labels, datetime.now(UTC) + timedelta(hours=int(hours)), author, comment)
        except EngineError as error:
            return self._problem(str(error), _UNAVAILABLE)
        return RedirectResponse(f"/alerts/{fingerprint}", _SEE_OTHER)

    def _held(self) -> list[HeldAlert]:
        if self._alertmanager is None:
            raise EngineError("No Alertmanager is named to this exporter.")
        return self._alertmanager.alerts()

    def _find(self, fingerprint: str) -> HeldAlert | None:
        if not _FINGERPRINT.match(fingerprint):
            return None
        return next((alert for alert in self._held() if alert.fingerprint == fingerprint), None)

    def _silences(self, alert: HeldAlert) -> list[Silence]:
        if not alert.status.silenced_by or self._alertmanager is None:
            return []
        known = self._alertmanager.silences()
        return [known[one] for one in alert.status.silenced_by if one in known]

    def _problem(self, sentence: str, status: int) -> HTMLResponse:
        return HTMLResponse(self._page.render(problem=sentence), status)


def alert_row(alert: HeldAlert) -> dict[str, str]:
    """What a list shows of an alert."""
    labels = alert.labels
    quiet = "silenced" if alert.status.silenced_by else "inhibited" if alert.status.inhibited_by else ""
    severity = labels.get("severity", "")
    return {
        "fingerprint": alert.fingerprint,
        "name": labels.get("alertname", "unnamed alert"),
        "of": alert.about,
        "severity": severity,
        "level": severity if severity in ("critical", "high") else "lower",
        "says": readable(alert.annotations.get("description") or alert.annotations.get("summary", "")),
        **{name: readable(alert.annotations.get(name, "")) for name in _TEXTS},
        "since": alert.starts_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "lasts": lasting((datetime.now(UTC) - alert.starts_at).total_seconds()),
        "why_quiet": quiet,
        "runbook": labels.get("escalated_alert") or labels.get("alertname", ""),
    }


def lasting(seconds: float) -> str:
    """How long, for people; a clock that is behind makes nothing of it."""
    minutes = max(0, int(seconds // 60))
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def alertmanager_at(client: httpx.Client, url: str) -> Alertmanager | None:
    """The Alertmanager at a URL; None without one."""
    return Alertmanager(client, url, _ANSWER_SECONDS) if url else None
