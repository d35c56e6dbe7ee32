"""Is it alive, has it started, is it ready: for Docker, for Kubernetes, for people."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from watchkeeper.serving.routes import PlainRoute

# By the name of each dependency: its status, "ready" or what is wrong, and the latency of its answer.
Dependencies = Mapping[str, Mapping[str, Any]]


async def no_dependencies() -> Dependencies:
    """Return what a process that needs no one reports."""
    return {}


def health_routes(
    about: Mapping[str, Any],
    details: Callable[[], Mapping[str, Any]] = dict,
    probe: Callable[[], Awaitable[Dependencies]] = no_dependencies,
) -> list[PlainRoute]:
    """Return the routes.

    ``about`` is what /startup reports, ``details`` what /health reports besides, ``probe`` asks what /ready depends on.
    """

    async def health(_request: Request) -> JSONResponse:
        """The process is alive, whatever else is wrong: a restart would not fix that."""
        return JSONResponse({"status": "ok", **details()})

    async def startup(_request: Request) -> JSONResponse:
        """Configuration is loaded; which."""
        return JSONResponse({"status": "started", **about})

    async def ready(_request: Request) -> JSONResponse:
        """Every dependency with its status and latency; 503 while one of them is missing."""
        found = await probe()
        is_whole = all(dependency["status"] == "ready" for dependency in found.values())
        answer = {"status": "ready" if is_whole else "degraded", "dependencies": found}
        return JSONResponse(answer, 200 if is_whole else 503)

    handlers = {"/health": health, "/startup": startup, "/ready": ready}
    return [PlainRoute(path, handler, methods=["GET"]) for path, handler in handlers.items()]
