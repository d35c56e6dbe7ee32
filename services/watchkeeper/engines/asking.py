"""Prometheus and Loki asked over HTTP: the data of an answer, or one sentence on why there is none."""

from collections.abc import Callable
from typing import Any

import httpx

from watchkeeper.errors import EngineAwayError, EngineError

_LONGEST_REASON = 300


def asked(engine: str, ask: Callable[..., httpx.Response], url: str, path: str, **sent: Any) -> Any:
    """Return ``data`` of what ``engine`` at ``url`` answers; ``ask`` is a client's get or post.

    Raises: EngineError when it does not answer, refuses, or answers what is no result; never with a password.
    """
    answer = answered(engine, ask, url, path, **sent)
    try:
        return answer.json()["data"]
    except (ValueError, LookupError, TypeError) as error:
        raise EngineError(f"{engine} at {_shown(url)} answers {path} with what is no result of a query") from error


def answered(engine: str, ask: Callable[..., httpx.Response], url: str, path: str, **sent: Any) -> httpx.Response:
    """Return what ``engine`` at ``url`` answers. Raises: EngineError when it does not answer, or refuses."""
    try:
        answer = ask(f"{url}{path}", **sent)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise EngineAwayError(f"{engine} at {_shown(url)} does not answer: {reason}") from error
    if answer.is_error:
        raise EngineError(f"{engine} at {_shown(url)} refuses {path}: {_reason(answer)}")
    return answer


def _shown(url: str) -> httpx.URL:
    return httpx.URL(url).copy_with(userinfo=b"")


def _reason(answer: httpx.Response) -> str:
    try:
        problem: Any = answer.json()
        return str(problem["error"])[:_LONGEST_REASON]
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.text.strip()[:_LONGEST_REASON]}"
