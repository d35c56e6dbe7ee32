"""Requests to the API of one destination: with its keys, bounded, each counted by its outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from watchkeeper.analyzer.endpoints.post import basic, get, get_text
from watchkeeper.config.forward import Audit
from watchkeeper.config.headers import read_header_file
from watchkeeper.errors import EndpointError

_TIMEOUT_SECONDS = 10.0
# Each part of an answer may take ten seconds; one that sends a byte now and then must not take forever.
_WHOLE_SECONDS = 20.0
_VECTOR_BYTES = 256 * 1024

Answer = TypeVar("Answer")


class Asking:
    """Asks one destination; ``report`` hears of each request: ok, or the kind of its error."""

    def __init__(self, audit: Audit, client: httpx.AsyncClient, folder: Path, report: Callable[[str], None]) -> None:
        self.url = audit.url or ""
        self._audit = audit
        self._client = client
        self._folder = folder
        self._report = report

    async def get(self, path: str, parameters: Mapping[str, str], *, most_bytes: int) -> Any:
        """The JSON that is answered. Raises: EndpointError for whatever is no such answer."""
        asked = get(
            self._client, f"{self.url}{path}", parameters, self._headers(), _TIMEOUT_SECONDS, most_bytes=most_bytes
        )
        return (await self._counted(asked)).body

    async def text(self, path: str) -> str:
        """The text that is answered. Raises: EndpointError."""
        return await self._counted(get_text(self._client, f"{self.url}{path}", self._headers(), _TIMEOUT_SECONDS))

    async def _counted(self, asked: Awaitable[Answer]) -> Answer:
        try:
            async with asyncio.timeout(_WHOLE_SECONDS):
                answer = await asked
        except TimeoutError as error:
            self._report("timeout")
            text = f"{self.url} did not finish its answer within {_WHOLE_SECONDS:g} s"
            raise EndpointError("timeout", text, is_passing=True) from error
        except EndpointError as error:
            self._report("not_found" if error.is_not_found else error.error_type)
            raise
        self._report("ok")
        return answer

    async def has_series(self, path: str, parameters: Mapping[str, str]) -> bool:
        """Whether a query has a result above 0. Raises: EndpointError."""
        answer = await self.get(path, parameters, most_bytes=_VECTOR_BYTES)
        try:
            data = answer["data"]
            is_vector = data["resultType"] == "vector"
            total = sum(float(one["value"][1]) for one in data["result"]) if is_vector else -1.0
        except (LookupError, TypeError, ValueError):
            total = -1.0
        if total < 0:
            raise EndpointError("invalid_answer", f"{self.url} answered what is no result of a query")
        return total > 0

    def _headers(self) -> dict[str, str]:
        """The keys, read each time: they are rotated. Raises: EndpointError without their content."""
        headers: dict[str, str] = {}
        if self._audit.headers_file is not None:
            problems: list[str] = []
            headers = read_header_file(self._audit.headers_file, self._folder, "audit.headers_file", problems)
            if problems:
                raise EndpointError("no_key", problems[0])
        if self._audit.key_file is not None:
            headers |= basic(self._audit.key_file, self._folder)
        return headers
