"""GET /v1/canaries and POST /v1/canaries/{name}/run: what `watchkeeper canary` asks the analyzer."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from watchkeeper.analyzer.web.replies import not_json, refusal, reply
from watchkeeper.errors import WatchkeeperError
from watchkeeper.serving.routes import PlainRoute

if TYPE_CHECKING:
    from watchkeeper.analyzer.prober.prober import Prober

_NOT_FOUND, _CONFLICT, _BAD_GATEWAY = 404, 409, 502


def canary_routes(prober: "Prober | None") -> list[BaseRoute]:
    """Return the routes. Running costs money, so a page that a browser shows must not be able to ask for it.

    A browser asks first before it sends JSON to another site, and no one here would answer that it may.
    """
    canaries, searches = (prober.canaries, prober.searches) if prober else ({}, {})

    async def names(_request: Request) -> Response:
        """The names of canaries and of searches with golden queries."""
        return reply({"canaries": list(canaries), "searches": list(searches)})

    async def run(request: Request) -> Response:
        """Run one now and return what came of it; 409 while it runs already."""
        name = request.path_params["name"]
        if (refused := not_json(request)) is not None:
            return refused
        runner = canaries.get(name) or searches.get(name)
        if prober is None or runner is None:
            known = ", ".join((*canaries, *searches)) or "none"
            return refusal(_NOT_FOUND, f"there is no canary {name[:64]!r}; known: {known}")
        if runner.is_busy:
            return refusal(_CONFLICT, f"{name} runs already")
        try:
            is_canary = name in canaries
            return reply(await (prober.run_canary(name) if is_canary else prober.run_search(name)))
        except WatchkeeperError as error:
            return refusal(_BAD_GATEWAY, str(error))

    return [
        PlainRoute("/v1/canaries", names, methods=["GET"]),
        PlainRoute("/v1/canaries/{name}/run", run, methods=["POST"]),
    ]
