"""The reading of observations as it is built, between a stand-in of Langfuse and an exporter."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from tests.support.exporter import ExporterInTest
from tests.support.langfuse_api import KEYS, FakeLangfuse

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse.api import OBSERVATIONS, OBSERVATIONS_WITH_TEXTS, PagedApi
from watchkeeper.analyzer.langfuse.intake import ExporterIntake
from watchkeeper.analyzer.langfuse.observation_taking import ObservationTaking
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.reading import Pace, Reading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.traces_here import TracesHere
from watchkeeper.analyzer.notes.notes import open_notes
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

NOW = 1_796_000_000.0
MINUTE = 60.0


class IntoExporter(httpx.AsyncBaseTransport):
    """Hands requests to an exporter in this process, or answers with a planned status; ``bodies`` are what came.

    ``on_taken`` is called once the exporter has a request, before the sender hears of it.
    """

    def __init__(self, exporter: ExporterInTest | None) -> None:
        self._exporter = exporter
        self.statuses: list[int] = []
        self.bodies: list[Any] = []
        self.on_taken: Callable[[], object] = lambda: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the exporter does."""
        content = await request.aread()
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            return httpx.Response(status, json={"message": "no"})
        self.bodies.append(json.loads(content))
        if self._exporter is None:
            return httpx.Response(207, json={"successes": [], "errors": []})
        reply = await asyncio.to_thread(self._exporter.client.post, request.url.path, content=content)
        self.on_taken()
        await asyncio.sleep(0)
        return httpx.Response(reply.status_code, content=reply.content)


class Takeover:
    """Takes over the observations of the project ``support``; what is noted is in ``folder``."""

    def __init__(
        self,
        langfuse: FakeLangfuse,
        loki: str,
        folder: Path,
        exporter: ExporterInTest | None = None,
        *,
        with_texts: bool = False,
    ) -> None:
        (folder / "key").write_text(KEYS)
        self.now = NOW
        self.waited: list[float] = []
        self.store = MetricStore(METRICS)
        self.exporter = IntoExporter(exporter)
        self.client = httpx.AsyncClient(mounts={"all://exporter": self.exporter}, trust_env=False)
        self.loki = httpx.Client(trust_env=False)
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"))
        report = LangfuseReport("support", self.store, lambda: self.now)
        self.notes = ProgressNotes(open_notes(f"sqlite:///{folder}/state.sqlite"), "observations of support")
        endpoints = OBSERVATIONS_WITH_TEXTS if with_texts else OBSERVATIONS
        self.reading = Reading(
            Pace(signal="observations", settled_seconds=60.0),
            PagedApi(project, self.client, folder, endpoints),
            ObservationTaking(
                TracesHere(self.loki, loki),
                self.notes,
                ExporterIntake(self.client, "http://exporter", None, folder),
                report,
                with_texts=with_texts,
                clock=lambda: self.now,
            ),
            notes=self.notes,
            report=report,
            patience=Patience("Langfuse", lambda: self.now, self._pause),
            clock=lambda: self.now,
        )

    async def run(self, *, later: float = 0.0, killed_after: int | None = None) -> None:
        """Run once, so many seconds later; as who is killed once the exporter has taken so many requests."""
        self.now += later
        running = asyncio.ensure_future(self.reading.run())

        def kill() -> None:
            if len(self.exporter.bodies) == killed_after:
                running.cancel()

        self.exporter.on_taken = kill
        await running

    async def close(self) -> None:
        """Close both clients."""
        await self.client.aclose()
        self.loki.close()

    def sent(self) -> list[dict[str, Any]]:
        """The observations that the exporter got, as ingestion takes them."""
        events = [event for body in self.exporter.bodies for event in body["batch"]]
        return [event["body"] for event in events if event["type"] == "observation-create"]

    def count(self, outcome: str) -> float:
        """How many observations ended so."""
        series = self.store.families["watchkeeper_langfuse_observations_total"].series.get(("support", outcome))
        return 0 if series is None else float(series.value)

    def lag(self) -> float:
        """How far it says that it is behind."""
        return float(self.store.families["watchkeeper_langfuse_lag_seconds"].series["support", "observations"].value)

    async def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)
