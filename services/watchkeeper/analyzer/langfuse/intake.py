"""Batches of Langfuse's ingestion to the exporter, which takes them as it takes those of SDKs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.post import post, read_key
from watchkeeper.errors import EndpointError

# Of larger bodies the exporter works on one at a time.
_BATCH_BYTES = 1024 * 1024
_TIMEOUT_SECONDS = 20.0
_KEEPABLE = frozenset({"unauthorized", "no_key"})

Events = Sequence[Mapping[str, Any]]


class ExporterIntake:
    """The exporter at ``url``, which may be empty; ``token_file`` is relative to ``folder``."""

    def __init__(self, client: httpx.AsyncClient, url: str, token_file: Path | None, folder: Path) -> None:
        self._client = client
        self._url = url
        self._token_file = token_file
        self._folder = folder

    async def deliver(self, observations: Sequence[Events]) -> int:
        """Send the events of each observation, and return how many of them the exporter will never take.

        Raises: EndpointError when they may be taken later; those that were taken are known to the exporter then.
        """
        return sum([await self._refused(batch) for batch in _batches(observations)])

    async def _refused(self, batch: Sequence[Events]) -> int:
        if not self._url:
            raise EndpointError("no_exporter", "no exporter is named to this analyzer")
        token = read_key(self._token_file, self._folder)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"batch": [event for events in batch for event in events]}
        try:
            reply = await post(self._client, f"{self._url}/api/public/ingestion", body, headers, _TIMEOUT_SECONDS)
        except EndpointError as error:
            if error.is_passing or error.error_type in _KEEPABLE:
                raise
            return len(batch)
        errors = reply.body.get("errors") if isinstance(reply.body, dict) else ()
        return len({error.get("id") for error in errors if isinstance(error, dict)}) if isinstance(errors, list) else 0


def _batches(observations: Sequence[Events]) -> Iterator[list[Events]]:
    """Pieces of so many bytes, or of one observation that has more."""
    batch: list[Events] = []
    size = 0
    for events in observations:
        length = len(json.dumps(events))
        if batch and size + length > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(events)
        size += length
    if batch:
        yield batch
