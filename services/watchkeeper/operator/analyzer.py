"""Asking the running analyzer; what it refuses is a sentence."""

import os
from typing import Any

import httpx

from watchkeeper.config.project import here
from watchkeeper.errors import WatchkeeperError

# As long as it may take for a run.
_RUN_SECONDS = 600.0


def client(answer_seconds: float = _RUN_SECONDS) -> httpx.Client:
    """A client of the analyzer of this project."""
    _, settings = here(os.environ)
    return httpx.Client(base_url=settings.url("analyzer"), timeout=answer_seconds, trust_env=False)


def ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """Return its answer. Raises: WatchkeeperError when it cannot be asked, or refuses."""
    try:
        answer = client.request(method, path, **request)
    except httpx.HTTPError as error:
        text = f"{client.base_url} does not answer ({error}): start the stack with `make up`"
        raise WatchkeeperError(text) from error
    if answer.is_error:
        raise WatchkeeperError(_detail(answer))
    return answer


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the analyzer answered {answer.status_code}"
