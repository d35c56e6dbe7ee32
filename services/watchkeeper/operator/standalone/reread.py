"""Asking Prometheus, Alertmanager and the exporter to read their files again, by SIGHUP.

Their HTTP API is open to every page of a browser on this machine, so that nothing of it may change what runs.
A signal has no answer; their metrics, and the exporter's /startup, say what became of it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from watchkeeper.errors import EngineError

_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.1
# Prometheus reads hundreds of rules in well under a second; a busy one may take longer.
_RELOAD_SECONDS = 30.0
_WORDS_SECONDS = 3.0
_ERROR = re.compile("level=err", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LastReload:
    """Whether the last reload succeeded, and when one last did (Unix seconds, as text)."""

    is_success: bool
    succeeded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running engine: where it answers, how SIGHUP reaches it, and what it said since (its last log lines)."""

    name: str
    title: str
    base_url: str
    hang_up: Callable[[], object]
    said: Callable[[], str]


def reread(engine: Engine, within_seconds: float = _RELOAD_SECONDS) -> None:
    """Send SIGHUP to an engine and wait until it runs with its files as they are now.

    Raises: EngineError when it refuses them and goes on with the old ones, or does not answer.
    """
    with httpx.Client(base_url=engine.base_url, timeout=_ANSWER_SECONDS, trust_env=False) as client:
        try:
            before = _last_reload(client, engine.name)
            engine.hang_up()
            deadline = time.monotonic() + within_seconds
            while (now := _last_reload(client, engine.name)).succeeded_at == before.succeeded_at:
                if (before.is_success and not now.is_success) or time.monotonic() > deadline:
                    raise EngineError(
                        f"{engine.title} goes on with its old configuration and refuses the new one: {_words(engine)}"
                    )
                time.sleep(_POLL_SECONDS)
        except (httpx.HTTPError, ValueError) as problem:
            raise EngineError(f"{engine.title} cannot be asked to reload: {problem}.") from problem


def _words(engine: Engine) -> str:
    """What it says of it, which it does a moment after its metrics show it."""
    deadline = time.monotonic() + _WORDS_SECONDS
    while not _ERROR.search(said := engine.said()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return said.strip() or "its log says why"


def reread_exporter(base_url: str, hang_up: Callable[[], object], within_seconds: float = _RELOAD_SECONDS) -> bool:
    """Let ``hang_up`` send SIGHUP to the exporter and wait until it has read its files.

    False, and nothing is sent, when it does not answer or is of a release that the signal would end.

    Raises: EngineError when it refuses them and goes on with the old ones.
    """
    with httpx.Client(base_url=base_url, timeout=_ANSWER_SECONDS, trust_env=False) as client:
        before = _loaded_at(client)
        if not before:
            return False
        hang_up()
        deadline = time.monotonic() + within_seconds
        while _loaded_at(client) in ("", before):
            if time.monotonic() > deadline:
                raise EngineError(
                    "Exporter goes on with its old configuration and does not take the new one; its log says why."
                )
            time.sleep(_POLL_SECONDS)
    return True


def _loaded_at(client: httpx.Client) -> str:
    """When the exporter read its files; empty while it does not say."""
    try:
        return str(client.get("/startup").raise_for_status().json().get("loaded_at", ""))
    except (httpx.HTTPError, ValueError):
        return ""


def _last_reload(client: httpx.Client, name: str) -> _LastReload:
    text = client.get("/metrics").raise_for_status().text
    return _LastReload(
        is_success=float(_value(text, f"{name}_config_last_reload_successful")) == 1,
        succeeded_at=_value(text, f"{name}_config_last_reload_success_timestamp_seconds"),
    )


def _value(text: str, metric: str) -> str:
    found = re.search(rf"^{metric} (\S+)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"its metrics must have {metric}")
    return found[1]
