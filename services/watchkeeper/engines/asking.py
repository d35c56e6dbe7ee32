"""Prometheus and Loki asked over HTTP: the data of an answer, or one sentence on why there is none."""

from collections.abc import Callable
from typing import Any

import httpx

from watchkeeper.errors import EngineError

_LONGEST_REASON = 300


def asked(engine: str, ask: Callable[..., httpx.Response], url: str, path: str, **sent: Any) -> Any:
    """Return ``data`` of what ``engine`` at ``url`` answers; ``ask`` is a client's get or post.

    Raises: EngineError when it does not answer, refuses, or answers what is no result; never with a password.
    """
    at = httpx.URL(url).copy_with(userinfo=b"")
    try:
        answer = ask(f"{url}{path}", **sent)
    except httpx.HTTPError as error:
        raise EngineError(f"{engine} at {at} does not answer: {str(error) or type(error).__name__}") from error
    if answer.is_error:
        raise EngineError(f"{engine} at {at} refuses {path}: {_reason(answer)}")
    try:
        return answer.json()["data"]
    except (ValueError, LookupError, TypeError) as error:
        raise EngineError(f"{engine} at {at} answers {path} with what is no result of a query") from error


def _reason(answer: httpx.Response) -> str:
    try:
        problem: Any = answer.json()
        return str(problem["error"])[:_LONGEST_REASON]
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.text.strip()[:_LONGEST_REASON]}"
