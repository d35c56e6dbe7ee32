"""Alerts that ended while Alertmanager was away: whoever was notified of them hears that they are over."""

import time
from datetime import UTC, datetime

import httpx
import structlog

from watchkeeper.analyzer.ended.memory import Memory, end, is_same, look
from watchkeeper.analyzer.kept_file import read_kept, write_kept
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.engines.alertmanager import Alertmanager
from watchkeeper.errors import EngineError, JobError, StateError

log = structlog.get_logger()

# An alert that fired for less than that before Alertmanager went may not have been seen.
_INTERVAL_SECONDS = 15.0
_DEADLINE_SECONDS = 14.0
_ANSWER_SECONDS = 2.0


def ended_alerts(parts: Parts) -> Job:
    """Return the job; it has nothing to do where no Alertmanager or no Prometheus is named."""
    run = EndedAlerts(parts).run
    return Job(name="ended_alerts", schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=run)


class EndedAlerts:
    """Remembers what Alertmanager holds; says that an alert has ended which no one has sent since a restart.

    It waits for Alertmanager's ``resolve_timeout``, counted while Prometheus is ready: where no one evaluates, nothing
    has ended.
    """

    def __init__(self, parts: Parts) -> None:
        self._urls = parts.config.dependencies
        self._client = parts.client
        self._alertmanager = Alertmanager(parts.client, self._urls.get("alertmanager", ""))
        self._file = parts.config.state_dir and parts.config.state_dir / "alerts.json"
        self._memory: Memory | None = None
        self._evaluated_since: float | None = None

    async def run(self) -> None:
        """Look once. Raises: JobError when Alertmanager refuses, or the file cannot be written; the next does it."""
        if {"alertmanager", "prometheus"} <= self._urls.keys():
            try:
                await in_thread(self._look)
            except (EngineError, StateError) as error:
                raise JobError(str(error)) from error

    def _look(self) -> None:
        if not self._is_ready("alertmanager"):
            return  # TargetDown says so; a failed run would delay the next one, which is wanted soon after the start
        known = self._known()
        running = self._alertmanager.running()
        memory, again = look(known, running.started, self._alertmanager.alerts())
        if again:
            self._alertmanager.put(again)
        if memory.missing and self._evaluated_seconds(memory) >= running.resolve_timeout_seconds:
            memory, ended = end(memory, datetime.now(UTC))
            if ended:
                self._alertmanager.put(ended)
            for alert in ended:
                log.info("alert_ended_unseen", alertname=alert.labels.get("alertname", ""), started=alert.starts_at)
        self._keep(known, memory)

    def _evaluated_seconds(self, memory: Memory) -> float:
        """How long Prometheus has been ready in the sight of this process, since the last restart."""
        if self._memory is None or self._memory.started != memory.started or not self._is_ready("prometheus"):
            self._evaluated_since = None
        elif self._evaluated_since is None:
            self._evaluated_since = time.monotonic()
        return 0.0 if self._evaluated_since is None else time.monotonic() - self._evaluated_since

    def _is_ready(self, engine: str) -> bool:
        try:
            return self._client.get(f"{self._urls[engine]}/-/ready", timeout=_ANSWER_SECONDS).is_success
        except httpx.HTTPError:
            return False

    def _known(self) -> Memory:
        if self._memory is not None:
            return self._memory
        return read_kept(self._file, Memory, Memory(), "alerts_forgotten")

    def _keep(self, before: Memory, memory: Memory) -> None:
        if self._memory is None or not is_same(before, memory):
            write_kept(self._file, memory)
        self._memory = memory
