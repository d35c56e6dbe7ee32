"""The write side of Langfuse's public API: scores and spans with ids of ours, and items of annotation queues.

Source: langfuse.com/docs/api: POST /api/public/scores, of an array where the server takes one, and of one score where
it does not; POST /api/public/annotation-queues/{queueId}/items; POST /api/public/otel/v1/traces, of OTLP's JSON.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.post import basic, json_or_nothing, post
from watchkeeper.analyzer.langfuse.alert import attributes
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

    async def spans(self, spans: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
        """Write spans, each of a service, and return how many are refused for good.

        Raises: EndpointError when they may be taken yet.
        """
        body = {"resourceSpans": [_of_service(service, span) for service, span in spans]}
        headers = {**basic(self._key_file, self._folder), "x-langfuse-ingestion-version": "4"}
        url = f"{self._url}/otel/v1/traces"
        try:
            answer = (await post(self._client, url, body, headers, _TIMEOUT_SECONDS, decode=json_or_nothing)).body
        except EndpointError as error:
            if error.status not in _UNFIT:
                raise
            return len(spans)
        partial = answer.get("partialSuccess") if isinstance(answer, dict) else None
        rejected = partial.get("rejectedSpans") if isinstance(partial, dict) else 0
        return int(rejected) if isinstance(rejected, int | str) and str(rejected).isdecimal() else 0

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


def _of_service(service: str, span: Mapping[str, Any]) -> dict[str, Any]:
    resource = {"attributes": attributes({"service.name": service})}
    return {"resource": resource, "scopeSpans": [{"scope": {"name": "watchkeeper"}, "spans": [span]}]}
