"""How many traces wait for people in the annotation queues of one project, and for how long.

Source: langfuse.com/docs/api: GET /api/public/annotation-queues and its items, which come newest first.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import structlog

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.endpoints.post import basic, get
from watchkeeper.analyzer.langfuse.given import seconds_of, sound
from watchkeeper.analyzer.langfuse.report import Backlog, LangfuseReport
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import EndpointError, JobError

log = structlog.get_logger()

_TIMEOUT_SECONDS = 20.0
_BEGIN_SECONDS = 60.0
# Each takes two requests, of a hundred in a minute on Langfuse Cloud's smallest plan, and two series.
_MOST_QUEUES = 40
_MAX_NAME = 64

Answer = TypeVar("Answer", "_Queues", "_Items")


class _Queue(msgspec.Struct):
    id: str
    name: str


class _Item(msgspec.Struct, rename="camel"):
    created_at: str


class _Meta(msgspec.Struct, rename="camel"):
    total_items: int


class _Queues(msgspec.Struct):
    data: list[_Queue]
    meta: _Meta


class _Items(msgspec.Struct):
    data: list[_Item]
    meta: _Meta


class QueueReading:
    """The queues of one project; ``clock`` gives Unix seconds."""

    def __init__(
        self,
        project: LangfuseProject,
        client: httpx.AsyncClient,
        folder: Path,
        *,
        report: LangfuseReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = f"{project.url}/api/public/annotation-queues"
        self._key_file = project.key_file
        self._client = client
        self._folder = folder
        self._report = report
        self._patience = patience
        self._clock = clock

    async def run(self) -> None:
        """Show what waits now. Raises: JobError when Langfuse does not say; nothing is shown then."""
        try:
            self._patience.check()
            backlogs = await self._backlogs(time.monotonic() + _BEGIN_SECONDS)
        except JobError:
            self._report.waiting({})
            raise
        except EndpointError as error:
            self._report.waiting({})
            raise JobError(f"{self._report.project}: {error}") from error
        self._report.waiting(backlogs)

    async def _backlogs(self, deadline: float) -> Mapping[str, Backlog]:
        """What waits in each queue, by its name; nothing of a server that has no queues."""
        asked = {"page": "1", "limit": str(_MOST_QUEUES)}
        queues = await self._asked("", asked, _Queues, deadline)
        if queues is None:
            return {}
        if queues.meta.total_items > len(queues.data):
            log.warning("langfuse_queues_left_out", project=self._report.project, queues=queues.meta.total_items)
        found = [(sound(queue.name, _MAX_NAME), await self._backlog(queue.id, deadline)) for queue in queues.data]
        return {name: backlog for name, backlog in found if backlog is not None}

    async def _backlog(self, queue: str, deadline: float) -> Backlog | None:
        """How many wait in a queue, and since when the first of them; None when the queue is gone."""
        path = f"/{quote(queue, safe='')}/items"
        asked = {"status": "PENDING", "limit": "1"}
        newest = await self._asked(path, {**asked, "page": "1"}, _Items, deadline)
        if newest is None:
            return None
        if not newest.data:
            return Backlog(waiting=0, oldest_seconds=0.0)
        total = newest.meta.total_items
        oldest = await self._asked(path, {**asked, "page": str(total)}, _Items, deadline) if total > 1 else newest
        # Someone may have done the oldest in between.
        item = (oldest.data if oldest is not None and oldest.data else newest.data)[0]
        try:
            age = self._clock() - seconds_of(item.created_at)
        except (ValueError, OverflowError) as error:
            raise EndpointError("invalid_answer", "Langfuse answered with a time that is none") from error
        return Backlog(waiting=total, oldest_seconds=max(age, 0.0))

    async def _asked(self, path: str, sought: Mapping[str, str], kind: type[Answer], deadline: float) -> Answer | None:
        """What a project answers, as ``kind``; None where it has no such thing."""
        try:
            answer = await self._patience.asked(partial(self._get, path, sought), deadline, self._report.requested)
        except EndpointError as error:
            if error.is_not_found:
                return None
            raise
        try:
            return msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:
            raise EndpointError("invalid_answer", "Langfuse answered something that is no list of queues") from error

    async def _get(self, path: str, sought: Mapping[str, str]) -> Any:
        headers = basic(self._key_file, self._folder)
        return (await get(self._client, f"{self._url}{path}", sought, headers, _TIMEOUT_SECONDS)).body
