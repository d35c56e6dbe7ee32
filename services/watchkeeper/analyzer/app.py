"""The analyzer: builds and connects its parts, and serves what it knows of itself; no one else builds any."""

import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from watchkeeper.analyzer.catalogue import all_jobs
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.judge.build import build_judges
from watchkeeper.analyzer.judge.judges import Judges
from watchkeeper.analyzer.notes.notes import Notes, open_notes
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.prober.build import build_prober
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.scheduler import JobScheduler
from watchkeeper.analyzer.web.canaries import canary_routes
from watchkeeper.analyzer.web.judges import judge_routes
from watchkeeper.config import Config, load_config
from watchkeeper.config.load import no_headers
from watchkeeper.engines.readiness import readiness
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving import own_log
from watchkeeper.serving.browsers import RefuseForeign
from watchkeeper.serving.health import Dependencies, health_routes
from watchkeeper.serving.lines import LineWriter
from watchkeeper.serving.listener import listen, run
from watchkeeper.serving.metrics_route import metrics_route, process_registry
from watchkeeper.serving.middleware import HttpMetrics, Observed

log = structlog.get_logger()

# Beside the exporter, whose port is one less.
DEFAULT_PORT = 4319

Jobs = Callable[[Parts], Sequence[Job]]


def build_app(config: Config, stream: BinaryIO, jobs: Jobs = all_jobs) -> Starlette:
    """Return the analyzer as an ASGI application that writes its lines to ``stream``."""
    store = MetricStore(METRICS, config.file.limits.series)
    writer = _open_lines(stream, store)
    own_log.configure(writer.write)
    asking = httpx.AsyncClient(trust_env=False)
    notes = open_notes(config.state_url)
    sender = EventSender(asking, config.exporter_url, config.file.access.own_token_file, config.folder, store)
    prober = build_prober(config.file, config.folder, asking, store=store, notes=notes, sender=sender)
    judges = _judges(config, asking, store, notes, sender)
    client = httpx.Client(trust_env=False)
    parts = Parts(config=config, store=store, client=client, prober=prober, judges=judges)
    scheduler = JobScheduler(jobs(parts), store)
    registry = process_registry()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        scheduler.start()
        log.info("analyzer_started", version=version("watchkeeper"), jobs=list(scheduler.describe()))
        yield
        await scheduler.stop()
        await asking.aclose()
        parts.client.close()
        log.info("analyzer_stopped")
        writer.close()

    async def probe() -> Dependencies:
        return await readiness(config.dependencies, asking)

    routes = [
        metrics_route(store, registry, scheduler.refresh),
        *canary_routes(prober),
        *judge_routes(judges),
        *health_routes(_about(config), lambda: {"jobs": scheduler.describe()}, probe),
    ]
    middleware = [Middleware(Observed, HttpMetrics(registry)), Middleware(RefuseForeign, config.hosts)]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def analyze(*, host: str | None, port: int | None, config_path: Path | None) -> None:
    """Run the analyzer until it is asked to stop.

    Raises: ConfigError for a wrong configuration, WatchkeeperError when the address cannot be listened on.
    """
    environ = {"WATCHKEEPER_PORT": str(DEFAULT_PORT), **os.environ}
    # The keys of the exporter's destinations are none of its business.
    config = load_config(config_path, environ, no_headers)
    config = msgspec.structs.replace(config, host=host or config.host, port=config.port if port is None else port)
    listener = listen(config.host, config.port)
    run(build_app(config, sys.stdout.buffer), listener)


def _judges(
    config: Config, asking: httpx.AsyncClient, store: MetricStore, notes: Notes, sender: EventSender
) -> Judges | None:
    loki = config.dependencies.get("loki", "")
    return build_judges(config.file, config.folder, asking, loki_url=loki, store=store, notes=notes, sender=sender)


def _open_lines(stream: BinaryIO, store: MetricStore) -> LineWriter:
    dropped = store.families["watchkeeper_ingest_dropped_total"]
    return LineWriter(stream, lambda: dropped.add(("logs", "queue_full"), 1, time.time()))


def _about(config: Config) -> dict[str, str]:
    return {"version": version("watchkeeper"), "config_hash": config.file_hash or "defaults"}
