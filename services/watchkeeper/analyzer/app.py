"""The analyzer: builds and connects its parts, and serves what it knows of itself; no one else builds any."""

import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import httpx
import msgspec
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.analyzer.audit.build import build_audits
from watchkeeper.analyzer.bills.build import build_bills
from watchkeeper.analyzer.catalogue import all_jobs
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.scheduler import JobScheduler
from watchkeeper.analyzer.web.canaries import canary_routes
from watchkeeper.analyzer.web.drift import drift_routes
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

if TYPE_CHECKING:
    from watchkeeper.analyzer.judge.judges import Judges
    from watchkeeper.analyzer.langfuse.bridge import Bridge
    from watchkeeper.analyzer.prober.prober import Prober

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
    parts = _parts(config, asking, store)
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
        *canary_routes(parts.prober),
        *judge_routes(parts.judges),
        *drift_routes(parts.accepted, store),
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


def _parts(config: Config, asking: httpx.AsyncClient, store: MetricStore) -> Parts:
    prober, judges = _asking(config, asking, store)
    client = httpx.Client(trust_env=False)
    return Parts(
        config=config,
        store=store,
        client=client,
        accepted=AcceptedChanges(config.state_dir and config.state_dir / "accepted.json"),
        prober=prober,
        judges=judges,
        langfuse=_bridge(config, asking, client, store),
        bills=build_bills(config, asking, client, store),
        audits=build_audits(config, asking, client, store),
    )


def _asking(config: Config, client: httpx.AsyncClient, store: MetricStore) -> "tuple[Prober | None, Judges | None]":
    if not (config.file.canaries.prompts or config.file.canaries.searches or config.file.evaluators.sets):
        return None, None
    from watchkeeper.analyzer.asking import build_asking

    return build_asking(config, client, store)


def _bridge(
    config: Config, client: httpx.AsyncClient, loki_client: httpx.Client, store: MetricStore
) -> "Bridge | None":
    if not any(project.key_file for project in config.file.langfuse_projects):
        return None
    from watchkeeper.analyzer.langfuse.build import build_bridge

    return build_bridge(config, client, loki_client, store)


def _open_lines(stream: BinaryIO, store: MetricStore) -> LineWriter:
    dropped = store.families["watchkeeper_ingest_dropped_total"]
    return LineWriter(stream, lambda: dropped.add(("logs", "queue_full"), 1, time.time()))


def _about(config: Config) -> dict[str, str]:
    return {"version": version("watchkeeper"), "config_hash": config.file_hash or "defaults"}
