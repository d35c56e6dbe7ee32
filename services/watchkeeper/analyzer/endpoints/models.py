"""Asking a model of watchkeeper.yml, whatever it speaks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from watchkeeper.analyzer.endpoints import anthropic, openai
from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.post import Reply, post, read_key
from watchkeeper.config.endpoints import Api, Model


class _Spoken(Protocol):
    """A module of what a model speaks: where it is asked, and how."""

    PATH: str

    def headers(self, key: str, /) -> Mapping[str, str]: ...

    def body(self, model: Model, question: Question, /) -> dict[str, Any]: ...

    def answer(self, reply: Reply, /) -> Answer: ...


_APIS: Mapping[Api, _Spoken] = {"openai": openai, "anthropic": anthropic}


class ModelEndpoint:
    """A model; ``folder`` is where the path of its key file begins."""

    def __init__(self, model: Model, client: httpx.AsyncClient, folder: Path) -> None:
        self.model = model
        self._client = client
        self._folder = folder

    async def ask(self, question: Question) -> Answer:
        """Ask once. Raises: EndpointError when there is no answer."""
        api, model = _APIS[self.model.api], self.model
        headers = api.headers(read_key(model.key_file, self._folder))
        reply = await post(
            self._client, f"{model.url}{api.PATH}", api.body(model, question), headers, model.timeout_seconds
        )
        return api.answer(reply)
