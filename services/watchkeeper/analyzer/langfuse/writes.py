"""The write side of Langfuse's public API: scores with ids of ours, and items of annotation queues.

Source: langfuse.com/docs/api: POST /api/public/scores, of an array where the server takes one, and of one score where
it does not; POST /api/public/annotation-queues/{queueId}/items.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.post import post
from watchkeeper.analyzer.langfuse.api import basic
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import EndpointError

_TIMEOUT_SECONDS = 20.0
_UNFIT = frozenset({400, 422})


class WritesApi:
    """Writes to one project."""

    def __init__(self, project: LangfuseProject, client: httpx.AsyncClient, folder: Path) -> None:
        self._url = f"{project.url}/api/public"
        self._key_file = project.key_file
        self._client = client
        self._folder = folder
        self._takes_arrays = True

    async def scores(self, bodies: Sequence[Mapping[str, Any]]) -> int:
        """Write scores and return how many are refused for good. Raises: EndpointError when they may be taken yet."""
        if self._takes_arrays:
            try:
                answer = await self._post("/scores", bodies)
            except EndpointError as error:
                if error.status not in _UNFIT:
                    raise
                self._takes_arrays = False
            else:
                rejected = answer.get("rejected") if isinstance(answer, dict) else 0
                return rejected if isinstance(rejected, int) else 0
        return sum([await self._is_refused(body) for body in bodies])

    async def enqueue(self, queue: str, trace_id: str) -> None:
        """Put a trace into an annotation queue. Raises: EndpointError."""
        await self._post(f"/annotation-queues/{queue}/items", {"objectId": trace_id, "objectType": "TRACE"})

    async def _is_refused(self, body: Mapping[str, Any]) -> bool:
        try:
            await self._post("/scores", body)
        except EndpointError as error:
            if error.status not in _UNFIT:
                raise
            return True
        return False

    async def _post(self, path: str, body: Mapping[str, Any] | Sequence[Any]) -> Any:
        headers = basic(self._key_file, self._folder)
        return (await post(self._client, f"{self._url}{path}", body, headers, _TIMEOUT_SECONDS)).body
