"""Asking your own HTTP endpoints: an application that answers, and a search that finds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import jmespath

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.post import Reply, post
from watchkeeper.config.canaries import PROMPT, QUERY, Application, Search
from watchkeeper.config.headers import read_header_file
from watchkeeper.errors import EndpointError


class ApplicationEndpoint:
    """An application; ``folder`` is where the path of its file of headers begins."""

    def __init__(self, application: Application, client: httpx.AsyncClient, folder: Path) -> None:
        self._application = application
        self._client = client
        self._folder = folder

    async def ask(self, question: Question) -> Answer:
        """Ask once. Raises: EndpointError when there is no answer where it should be."""
        application = self._application
        reply = await _post(self._client, application, filled(application.body, PROMPT, question.prompt), self._folder)
        text = jmespath.search(application.answer, reply.body)
        if not isinstance(text, str):
            raise EndpointError("invalid_answer", f"the answer has no text at {application.answer}")
        return Answer(text=text, duration_seconds=reply.duration_seconds)


class SearchEndpoint:
    """A search; ``folder`` is where the path of its file of headers begins."""

    def __init__(self, search: Search, client: httpx.AsyncClient, folder: Path) -> None:
        self._search = search
        self._client = client
        self._folder = folder

    async def find(self, query: str) -> tuple[str, ...]:
        """Return the ids found, the best first. Raises: EndpointError when there is no list where it should be."""
        reply = await _post(self._client, self._search, filled(self._search.body, QUERY, query), self._folder)
        found = jmespath.search(self._search.ids, reply.body)
        if not isinstance(found, list) or not all(isinstance(one, str | int) for one in found):
            raise EndpointError("invalid_answer", f"the answer has no list of ids at {self._search.ids}")
        return tuple(str(one) for one in found)


async def _post(
    client: httpx.AsyncClient, endpoint: Application | Search, body: Mapping[str, Any], folder: Path
) -> Reply:
    headers: Mapping[str, str] = {}
    if endpoint.headers_file is not None:
        problems: list[str] = []
        headers = read_header_file(endpoint.headers_file, folder, "headers_file", problems)
        if problems:
            raise EndpointError("no_key", problems[0])
    return await post(client, endpoint.url, body, headers, endpoint.timeout_seconds)


def filled(body: Mapping[str, Any], placeholder: str, text: str) -> dict[str, Any]:
    """The body with the text in the place of the placeholder; numbers and the rest stay as they are."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(placeholder, text)
        if isinstance(value, list):
            return [fill(part) for part in value]
        return {key: fill(part) for key, part in value.items()} if isinstance(value, dict) else value

    return {key: fill(part) for key, part in body.items()}
