"""Is it alive, is it ready, has it started: for Docker, for Kubernetes, for people."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse

# Where each engine says that it is ready.
_READY_PATHS = {"prometheus": "/-/ready", "alertmanager": "/-/ready", "loki": "/ready", "grafana": "/api/health"}
_TIMEOUT_SECONDS = 2.0


def health_router(dependencies: Mapping[str, str], client: httpx.AsyncClient, about: Mapping[str, Any]) -> APIRouter:
    """Return the routes; ``dependencies`` are base URLs by name, ``about`` is what /startup tells."""
    router = APIRouter(tags=["health"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @router.get("/startup")
    async def startup() -> dict[str, Any]:
        """Configuration and price table are loaded; what they are."""
        return {"status": "started", **about}

    @router.get("/ready")
    async def ready() -> JSONResponse:
        """Telemetry is taken in. The engines are told with status and latency; without them ingest goes on."""
        found = await asyncio.gather(*(_probe(name, url, client) for name, url in dependencies.items()))
        is_whole = all(dependency["status"] == "ready" for dependency in found)
        answer = {
            "status": "ready" if is_whole else "degraded",
            "dependencies": dict(zip(dependencies, found, strict=True)),
        }
        return JSONResponse(answer)

    return router


async def _probe(name: str, url: str, client: httpx.AsyncClient) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        response = await client.get(f"{url}{_READY_PATHS[name]}", timeout=_TIMEOUT_SECONDS)
        status = "ready" if response.is_success else f"answers {response.status_code}"
    except httpx.HTTPError as error:
        status = f"unreachable ({type(error).__name__})"
    return {"status": status, "latency_seconds": round(time.perf_counter() - started, 4)}
