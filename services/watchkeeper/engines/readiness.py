"""Whether the other parts of the bundle are ready, as they say themselves."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

# Where each says that it is ready; the exporter's /ready would ask the engines once more.
_READY_PATHS = {
    "exporter": "/health",
    "prometheus": "/-/ready",
    "alertmanager": "/-/ready",
    "loki": "/ready",
    "grafana": "/api/health",
}
_TIMEOUT_SECONDS = 2.0


async def readiness(urls: Mapping[str, str], client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """Return the status and the latency of each part; all are asked at once. ``urls`` are base URLs by name."""
    found = await asyncio.gather(*(_probe(name, url, client) for name, url in urls.items()))
    return dict(zip(urls, found, strict=True))


async def _probe(name: str, url: str, client: httpx.AsyncClient) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        response = await client.get(f"{url}{_READY_PATHS[name]}", timeout=_TIMEOUT_SECONDS)
        status = "ready" if response.is_success else f"answers {response.status_code}"
    except httpx.HTTPError as error:
        status = f"unreachable ({type(error).__name__})"
    return {"status": status, "latency_seconds": round(time.perf_counter() - started, 4)}
