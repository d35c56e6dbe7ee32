"""The read side of Langfuse's public API: the current endpoint first, the older ones where it is not there.

Source: langfuse.com/docs/api; the current endpoint pages by a cursor, the older ones by numbers.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.post import get, read_key
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import EndpointError

_TIMEOUT_SECONDS = 20.0
_NOT_FOUND = 404
# Of all endpoints.
PAGE = 100
_CURRENT = "v3/scores"
_ENDPOINTS = (_CURRENT, "v2/scores", "scores")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Items as they came, and where the next ones are: ``cursor`` is empty at the end."""

    items: Sequence[Any]
    cursor: str


class ScoresApi:
    """Asks one project for its scores."""

    def __init__(self, project: LangfuseProject, client: httpx.AsyncClient, folder: Path) -> None:
        self._url = project.url or ""
        self._key_file = project.key_file
        self._client = client
        self._folder = folder
        self._endpoints = list(_ENDPOINTS)

    async def page(self, start: float, end: float, cursor: str) -> Page:
        """Return scores between two moments in Unix seconds; ``cursor`` is of the page before, empty for the first.

        Raises: EndpointError when there is no answer, or none of scores.
        """
        endpoint, _, place = cursor.partition(" ")
        if endpoint and endpoint != self._endpoints[0]:
            return await self._first(start, end)  # of another release of the server: what is known is left out later
        return await self._read(start, end, place) if place else await self._first(start, end)

    async def _first(self, start: float, end: float) -> Page:
        """The first page, of the first endpoint that is there."""
        for _ in _ENDPOINTS[1:]:
            try:
                return await self._read(start, end, "")
            except EndpointError as error:
                if error.status != _NOT_FOUND:
                    raise
                self._endpoints = [*self._endpoints[1:], self._endpoints[0]]
        return await self._read(start, end, "")

    async def _read(self, start: float, end: float, place: str) -> Page:
        endpoint = self._endpoints[0]
        sought = {"limit": str(PAGE), "fromTimestamp": _utc(start), "toTimestamp": _utc(end)}
        if endpoint == _CURRENT:
            sought |= {"fields": "subject,annotation"} | ({"cursor": place} if place else {})
        else:
            sought |= {"page": place or "1"}
        url = f"{self._url}/api/public/{endpoint}"
        answer = (await get(self._client, url, sought, basic(self._key_file, self._folder), _TIMEOUT_SECONDS)).body
        try:
            items, meta = list(answer["data"]), answer["meta"]
            following = meta.get("cursor") if endpoint == _CURRENT else _next_page(meta)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise EndpointError(
                "invalid_answer", f"{self._url} answered something that is no page of scores"
            ) from error
        if following and following == place:
            raise EndpointError("invalid_answer", f"{self._url} answered with the same cursor again")
        return Page(items=items, cursor=f"{endpoint} {following}" if following else "")


def basic(key_file: Path | None, folder: Path) -> dict[str, str]:
    """The header of both keys in a file. Raises: EndpointError without its content when it does not hold them."""
    key = read_key(key_file, folder)
    if ":" not in key:
        raise EndpointError("no_key", f"the key file {key_file} must hold both keys, pk-lf-…:sk-lf-…")
    return {"authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


def _next_page(meta: Any) -> str:
    page, pages = int(meta["page"]), int(meta["totalPages"])
    return str(page + 1) if page < pages else ""


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
