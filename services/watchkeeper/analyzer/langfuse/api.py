"""The read side of Langfuse's public API: the current endpoint first, the older ones where it is not there.

Source: langfuse.com/docs/api; the current endpoint pages by a cursor, the older ones by numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.post import basic, get
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import EndpointError
from watchkeeper.model.timestamps import in_milliseconds

_TIMEOUT_SECONDS = 20.0
_SCORES_BYTES = 2 * 1024 * 1024
# Langfuse Cloud's own limit is 5 MB; older servers send the texts of observations along, asked for or not.
_OBSERVATIONS_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A path below /api/public, what it is asked beside the time, and how it names the time that ``since`` begins."""

    path: str
    asked: Mapping[str, str]
    since: str = "fromTimestamp"
    until: str = "toTimestamp"
    has_cursor: bool = False
    most_bytes: int = _SCORES_BYTES


SCORES = (
    Endpoint(path="v3/scores", asked={"limit": "100", "fields": "subject,annotation"}, has_cursor=True),
    Endpoint(path="v2/scores", asked={"limit": "100"}),
    Endpoint(path="scores", asked={"limit": "100"}),
)
# Of the metadata one key is asked for whole: it may have the name of the service behind the first 200 characters.
_GROUPS = {"fields": "core,basic,time,metadata,model,usage,prompt", "expandMetadata": "resourceAttributes"}


def _observations(path: str, asked: Mapping[str, str]) -> Endpoint:
    return Endpoint(
        path=path,
        asked=asked,
        since="fromStartTime",
        until="toStartTime",
        has_cursor=path == "v2/observations",
        most_bytes=_OBSERVATIONS_BYTES,
    )


_OLDER = _observations("observations", {"limit": "50"})
# What was said is asked for only where it may be kept; then an observation is many times as large.
OBSERVATIONS = (_observations("v2/observations", {**_GROUPS, "limit": "200"}), _OLDER)
_WITH_TEXTS = {**_GROUPS, "fields": f"{_GROUPS['fields']},io", "limit": "50"}
OBSERVATIONS_WITH_TEXTS = (_observations("v2/observations", _WITH_TEXTS), _OLDER)

# What calls cost: as much of each as has to be known, and nothing of what was said but where a server sends it along.
_PRICED = {"type": "GENERATION"}
COSTS = (
    _observations("v2/observations", {**_PRICED, "fields": "core,model,usage", "limit": "1000"}),
    _observations("observations", {**_PRICED, "limit": "50"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Items as they came, and where the next ones are: ``cursor`` is empty at the end."""

    items: Sequence[Any]
    cursor: str


class PagedApi:
    """Asks one project for its scores, or its observations, at the first of ``endpoints`` that is there."""

    def __init__(
        self, project: LangfuseProject, client: httpx.AsyncClient, folder: Path, endpoints: Sequence[Endpoint]
    ) -> None:
        self._url = project.url or ""
        self._key_file = project.key_file
        self._client = client
        self._folder = folder
        self._endpoints = list(endpoints)

    async def page(self, start: float, end: float, cursor: str) -> Page:
        """Return items between two moments in Unix seconds; ``cursor`` is of the page before, empty for the first.

        Raises: EndpointError when there is no answer, or none of such items.
        """
        path, _, place = cursor.partition(" ")
        if path and path != self._endpoints[0].path:
            return await self._first(start, end)  # of another release of the server: what is known is left out later
        return await self._read(start, end, place) if place else await self._first(start, end)

    async def _first(self, start: float, end: float) -> Page:
        """The first page, of the first endpoint that is there."""
        for _ in self._endpoints[1:]:
            try:
                return await self._read(start, end, "")
            except EndpointError as error:
                if not error.is_not_found:
                    raise
                self._endpoints = [*self._endpoints[1:], self._endpoints[0]]
        return await self._read(start, end, "")

    async def _read(self, start: float, end: float, place: str) -> Page:
        endpoint = self._endpoints[0]
        sought = {**endpoint.asked, endpoint.since: in_milliseconds(start), endpoint.until: in_milliseconds(end)}
        if endpoint.has_cursor:
            sought |= {"cursor": place} if place else {}
        else:
            sought |= {"page": place or "1"}
        url = f"{self._url}/api/public/{endpoint.path}"
        headers = basic(self._key_file, self._folder)
        answer = (await get(self._client, url, sought, headers, _TIMEOUT_SECONDS, most_bytes=endpoint.most_bytes)).body
        try:
            items, meta = list(answer["data"]), answer["meta"]
            following = meta.get("cursor") if endpoint.has_cursor else _next_page(meta)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            text = f"{self._url} answered something that is no page of {endpoint.path.rpartition('/')[2]}"
            raise EndpointError("invalid_answer", text) from error
        if following and following == place:
            raise EndpointError("invalid_answer", f"{self._url} answered with the same cursor again")
        return Page(items=items, cursor=f"{endpoint.path} {following}" if following else "")


def _next_page(meta: Any) -> str:
    page, pages = int(meta["page"]), int(meta["totalPages"])
    return str(page + 1) if page < pages else ""
