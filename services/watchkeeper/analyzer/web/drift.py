"""GET, POST and DELETE /v1/drift/accepted: what `watchkeeper drift accept` and its like ask the analyzer."""

import time
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from watchkeeper.analyzer.accepted.change import ALL, AcceptedChange
from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.analyzer.web.replies import not_json, refusal, reply
from watchkeeper.errors import StateError
from watchkeeper.metrics.store import LabelValues, MetricStore
from watchkeeper.serving.routes import PlainRoute

_BAD_REQUEST, _NOT_FOUND, _TOO_LARGE, _UNAVAILABLE = 400, 404, 413, 503
# Two names; labels are shorter.
_MAX_BYTES = 4096
_MOST_NAMED = 20


class _Series(msgspec.Struct, forbid_unknown_fields=True):
    """What is accepted, or taken back."""

    service: str
    feature: str = ALL


def drift_routes(accepted: AcceptedChanges, store: MetricStore) -> list[BaseRoute]:
    """Return the routes; as with canaries, no page that a browser shows can change anything."""
    verdicts = store.families["llm_drift_verdict"]

    async def changes(_request: Request) -> Response:
        """Everything that is accepted, and whether a restart keeps it."""
        return reply({"accepted": accepted.entries(), "is_kept": accepted.is_kept})

    async def accept(request: Request) -> Response:
        """Accept what a feature of a service is now; 404 with the known names when it is not compared."""
        series = await _asked(request)
        if isinstance(series, Response):
            return series
        change = AcceptedChange(series.service, series.feature, time.time())
        known = {values[:2] for values in verdicts.series}
        if not any(change.is_about(*one) for one in known):
            return refusal(_NOT_FOUND, _unknown(series, known))
        return await _kept(lambda: accepted.accept(change), change)

    async def undo(request: Request) -> Response:
        """Take it back; 404 when it was not accepted."""
        series = await _asked(request)
        if isinstance(series, Response):
            return series
        for change in accepted.entries():
            if (change.service, change.feature) == (series.service, series.feature):
                return await _kept(lambda: accepted.undo(series.service, series.feature), change)
        return refusal(_NOT_FOUND, f"nothing is accepted of {series.feature} of {series.service}")

    return [
        PlainRoute("/v1/drift/accepted", changes, methods=["GET"]),
        PlainRoute("/v1/drift/accepted", accept, methods=["POST"]),
        PlainRoute("/v1/drift/accepted", undo, methods=["DELETE"]),
    ]


async def _asked(request: Request) -> _Series | Response:
    """The series that a request names, or the refusal."""
    if (refused := not_json(request)) is not None:
        return refused
    if int(request.headers.get("content-length", _MAX_BYTES + 1)) > _MAX_BYTES:
        return refusal(_TOO_LARGE, "too large")
    try:
        return msgspec.json.decode(await request.body(), type=_Series)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return refusal(_BAD_REQUEST, "the body must be an object with a service, and a feature unless it is about all")


async def _kept(work: Callable[[], object], change: AcceptedChange) -> Response:
    try:
        await in_thread(work)
    except StateError as error:
        return refusal(_UNAVAILABLE, str(error))
    return reply(change)


def _unknown(series: _Series, known: set[LabelValues]) -> str:
    features = sorted(feature for service, feature in known if service == series.service)
    if features:
        return f"feature must be one that is compared, got {series.feature!r}; {_named(features)}"
    if known:
        services = sorted({service for service, _ in known})
        return f"service must be one that is compared, got {series.service!r}; {_named(services)}"
    return "nothing was compared yet: the analyzer does so every five minutes once Prometheus has telemetry"


def _named(names: list[str]) -> str:
    more = ", …" if len(names) > _MOST_NAMED else ""
    return f"there are {', '.join(names[:_MOST_NAMED])}{more}"
