"""Waiting until every started process answers, and saying well why one does not."""

import time
from collections.abc import Callable, Sequence

import httpx

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.records import Record
from watchkeeper.operator.standalone.supervise import last_log_lines, wait_for_last_lines

# Loki needs about 15 s on a small machine; four times that is an error.
READY_WITHIN_SECONDS = 60.0

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 2.0

# What an engine says, and what a person does about it.
_LIKELY_FIXES = (
    ("address already in use", "another program took its port in the meantime: stop it or set {variables}"),
    ("permission denied", "it may not write its data: give .watchkeeper to the user who starts the bundle"),
    ("no space left on device", "the disk is full: free some space"),
    ("lock DB directory", "another Prometheus uses the same data folder: run `make down` there first"),
    ("ModuleNotFoundError", "the Python environment is incomplete: run `make install`"),
    ("too many open files", "raise the limit of open files: ulimit -n 8192"),
    ("must be", "correct what the lines above name"),
    ("yaml:", "correct the config file that the lines above name"),
    ("parsing", "correct the config file that the lines above name"),
    ("error loading config", "correct the config file that the lines above name"),
)


def is_ready(ready_url: str, client: httpx.Client) -> bool:
    """Whether the process says that it is ready; a refused or slow connection is a no."""
    try:
        return client.get(ready_url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def new_client() -> httpx.Client:
    """A client for this machine only: a proxy from the environment has no say in it."""
    return httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False)


def wait_until_ready(
    started: Sequence[tuple[Component, Record]],
    places: Places,
    *,
    within_seconds: float = READY_WITHIN_SECONDS,
    on_ready: Callable[[Component], None] = lambda _: None,
) -> None:
    """Return when all answer; raise EngineError as soon as one has ended, or when the time is up."""
    deadline = time.monotonic() + within_seconds
    waiting = list(started)
    with new_client() as client:
        while waiting:
            for component, record in list(waiting):
                if is_ready(component.ready_url, client):
                    waiting.remove((component, record))
                    on_ready(component)
                elif not record.is_running:
                    wait_for_last_lines(record)
                    raise EngineError(_failure(component, record, places, "ended right after its start"))
            if waiting and time.monotonic() > deadline:
                component, record = waiting[0]
                what = f"was not ready after {within_seconds:.0f} s"
                raise EngineError(_failure(component, record, places, what))
            time.sleep(_POLL_SECONDS)


def _failure(component: Component, record: Record, places: Places, what: str) -> str:
    lines = last_log_lines(record, places)
    said = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
    log = places.logs / f"{component.name}.log"
    return f"{component.title} {what}. Its last lines:\n{said}\nLikely fix: {likely_fix(component, lines)}. Log: {log}"


def likely_fix(component: Component, lines: Sequence[str]) -> str:
    """The first known cause found in the last lines, as something to do."""
    text = "\n".join(lines).lower()
    for sign, fix in _LIKELY_FIXES:
        if sign.lower() in text:
            return fix.format(variables=" or ".join(component.ports))
    return "read the lines above; a stack that is stopped and started again (`make down`, `make up`) often shows more"
