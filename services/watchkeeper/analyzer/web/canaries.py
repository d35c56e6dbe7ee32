"""GET /v1/canaries and POST /v1/canaries/{name}/run: what `watchkeeper canary` asks the analyzer."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from watchkeeper.analyzer.prober.prober import Prober
from watchkeeper.errors import WatchkeeperError
from watchkeeper.serving.routes import PlainRoute

_JSON = "application/json"
_NOT_FOUND, _CONFLICT, _UNSUPPORTED, _BAD_GATEWAY = 404, 409, 415, 502


def canary_routes(prober: Prober) -> list[BaseRoute]:
    """Return the routes. Running costs money, so a page that a browser shows must not be able to ask for it.

    A browser asks first before it sends JSON to another site, and no one here would answer that it may.
    """

    async def names(_request: Request) -> Response:
        """The names of canaries and of searches with golden queries."""
        return _reply({"canaries": list(prober.canaries), "searches": list(prober.searches)})

    async def run(request: Request) -> Response:
        """Run one now and return what came of it; 409 while it runs already."""
        name = request.path_params["name"]
        if request.headers.get("content-type", "").partition(";")[0].strip() != _JSON:
            return _refusal(_UNSUPPORTED, f"the content type must be {_JSON}")
        runner = prober.canaries.get(name) or prober.searches.get(name)
        if runner is None:
            known = ", ".join((*prober.canaries, *prober.searches)) or "none"
            return _refusal(_NOT_FOUND, f"there is no canary {name[:64]!r}; known: {known}")
        if runner.is_busy:
            return _refusal(_CONFLICT, f"{name} runs already")
        try:
            is_canary = name in prober.canaries
            return _reply(await (prober.run_canary(name) if is_canary else prober.run_search(name)))
        except WatchkeeperError as error:
            return _refusal(_BAD_GATEWAY, str(error))

    return [
        PlainRoute("/v1/canaries", names, methods=["GET"]),
        PlainRoute("/v1/canaries/{name}/run", run, methods=["POST"]),
    ]


def _reply(found: object) -> Response:
    return Response(msgspec.json.encode(found), media_type=_JSON)


def _refusal(status: int, detail: str) -> Response:
    return Response(msgspec.json.encode({"detail": detail}), status_code=status, media_type=_JSON)
