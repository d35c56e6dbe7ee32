"""Tells, as a metric and a line, whether the rules and limits that are in force are those of the files."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import structlog

from watchkeeper.config import Config
from watchkeeper.engines.rules import LOKI, PROMETHEUS, Judge, RunningRules
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# Prometheus looks for changed files every 30 seconds, Loki's ruler every minute.
_LOOK_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
# What a line names; the first few say what happened.
_TOLD_DIFFERENCES = 5
_TOLD_LENGTH = 300

Look = Callable[[], Sequence[str]]


class RulesInForce:
    """Sets how many places differ, by component; no sample while a component, or its files, cannot be asked."""

    def __init__(self, config: Config, store: MetricStore, client: httpx.Client) -> None:
        self._family = store.families["watchkeeper_rules_differ"]
        self._client = client
        self._urls = config.dependencies
        self._looks: dict[str, Look] = {}
        for judge in (PROMETHEUS, LOKI):
            self._add(judge, config.rules_dirs.get(judge.component))
        if config.file_path:
            self._looks["exporter"] = _Limits(config.file_path, config.file_hash).differences
        self._told: dict[str, Sequence[str]] = {}

    async def run(self) -> None:
        """Look once a minute, for as long as we run."""
        while self._looks:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Ask every component, off the way of the calls."""
        for component, look in self._looks.items():
            self._tell(component, await asyncio.to_thread(_found, look))

    def _add(self, judge: Judge, folder: Path | None) -> None:
        if folder and judge.component in self._urls:
            self._looks[judge.component] = RunningRules(judge, folder, self._ask).differences

    def _ask(self, component: str, path: str) -> httpx.Response:
        return self._client.get(f"{self._urls[component]}{path}", timeout=_ANSWER_SECONDS).raise_for_status()

    def _tell(self, component: str, found: Sequence[str] | None) -> None:
        if found is None:
            self._family.drop((component,))
            return
        self._family.set((component,), len(found))
        if found and found != self._told.get(component):
            first = [place[:_TOLD_LENGTH] for place in found[:_TOLD_DIFFERENCES]]
            log.warning("rules_differ", component=component, differences=len(found), first=first)
        self._told[component] = found


class _Limits:
    """watchkeeper.yml, which the exporter reads once, at its start."""

    def __init__(self, file: Path, running_hash: str) -> None:
        self._file = file
        self._running = running_hash

    def differences(self) -> Sequence[str]:
        """One sentence when the file is no longer what was read.

        Raises: OSError when it cannot be read.
        """
        wanted = hashlib.sha256(self._file.read_bytes()).hexdigest()[:12]
        return [] if wanted == self._running else [f"{self._file.name} must be {wanted}, runs with {self._running}"]


def _found(look: Look) -> Sequence[str] | None:
    try:
        return look()
    except (httpx.HTTPError, ValueError, LookupError, OSError):
        return None
