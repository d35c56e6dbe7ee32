"""The only composition root: builds every part from the configuration and wires them together."""

import asyncio
import gc
import hashlib
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from jinja2 import Environment, PackageLoader, select_autoescape
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from watchkeeper.config import Config, load_config
from watchkeeper.config.hash_key import user_hash_key
from watchkeeper.config.patterns import compile_pattern
from watchkeeper.enrich import price_table
from watchkeeper.enrich.known_names import known_names
from watchkeeper.enrich.own_prices import own_prices
from watchkeeper.enrich.ownership import Ownership
from watchkeeper.enrich.price import PriceBook, with_provider
from watchkeeper.enrich.privacy import UserHasher
from watchkeeper.enrich.redaction import Redactor
from watchkeeper.ingest.access import Access
from watchkeeper.ingest.answer import Answerer
from watchkeeper.ingest.body import BodyReader
from watchkeeper.ingest.langfuse_routes import langfuse_router
from watchkeeper.ingest.native_routes import alerts_router, native_router
from watchkeeper.ingest.otlp_metrics import MetricsGuard
from watchkeeper.ingest.otlp_routes import otlp_metrics_router, otlp_routes
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context
from watchkeeper.normalise.catalogue import DIALECTS
from watchkeeper.normalise.content import with_content
from watchkeeper.normalise.context import named_service
from watchkeeper.normalise.dialect import Normaliser
from watchkeeper.operations.rules_in_force import RulesInForce
from watchkeeper.pipeline import Pipeline
from watchkeeper.sinks import own_log
from watchkeeper.sinks.budgets import BudgetSink
from watchkeeper.sinks.changes import ChangeSink
from watchkeeper.sinks.destinations import destinations
from watchkeeper.sinks.forward import Forwarder, RealClock
from watchkeeper.sinks.logs import LogSink
from watchkeeper.sinks.metrics import MetricsSink
from watchkeeper.sinks.outputs import open_lines
from watchkeeper.sinks.recent import RecentActivity
from watchkeeper.sinks.relay import Relay, StoreMeter
from watchkeeper.sinks.slos import SloSink
from watchkeeper.sinks.spenders import SpenderReport
from watchkeeper.sinks.without_content import strip_content
from watchkeeper.state.budget_keeper import BudgetKeeper, ledger_at
from watchkeeper.watch.budgets import BudgetBook
from watchkeeper.watch.first_seen import FirstSeen
from watchkeeper.watch.memories import empty_memories
from watchkeeper.watch.top_spenders import TopSpenders
from watchkeeper.web.budget_check import budget_router
from watchkeeper.web.disk import DiskGauges
from watchkeeper.web.health import health_router
from watchkeeper.web.home import home_router
from watchkeeper.web.listener import listen
from watchkeeper.web.memories import MemoryMeter
from watchkeeper.web.metrics_route import metrics_router
from watchkeeper.web.middleware import HttpMetrics, Observed
from watchkeeper.web.own_gauges import OwnGauges
from watchkeeper.web.query_links import query_link
from watchkeeper.web.runbooks import runbook_router

log = structlog.get_logger()

_RELEASE_SECONDS = 0.25
_REPORT_SECONDS = 60.0
# Docker and uvicorn give a stopping process ten seconds in all.
_LAST_DELIVERY_SECONDS = 5.0
# What comes in the first minutes after a start from nothing is usual, not new.
_LEARNING_SECONDS = 15 * 60.0


class Exporter:
    """The parts that live as long as the process: numbers, lines, pipeline, and how they start and stop."""

    def __init__(self, config: Config, stream: BinaryIO) -> None:
        self.config = config
        self.store = MetricStore(METRICS, config.file.limits.series)
        self.writer = open_lines(stream, config.loki_push_url, self.store)
        self.admission = LabelAdmission(
            config.file.limits.label_values,
            lambda label: self._count("watchkeeper_label_overflow_total", label),
            known_names(config.file),
        )
        self.gauges = OwnGauges(self.store, self.admission, config.file.alerts, config.receivers_file)
        self.disk = DiskGauges(self.store, config.state_dir)
        self.recent = RecentActivity()
        self.user_hasher = UserHasher(user_hash_key(config.user_hash_key, config.state_dir))
        self.spenders = TopSpenders()
        self.spender_report = SpenderReport(self.spenders, self.store, self.user_hasher.hash)
        self.ownership = Ownership([(team.name, team.rules()) for team in config.file.teams])
        self.slos = SloSink(config.file.slos, self.store, self.admission)
        self.budget_book = BudgetBook(config.file.budgets)
        self.budgets = BudgetSink(self.budget_book, self.store)
        self.budget_keeper = BudgetKeeper(self.budget_book, ledger_at(config.state_url if config.file.budgets else ""))
        self.memories = empty_memories(
            idle_seconds=config.file.traces.idle_seconds, is_by_tenant=bool(config.file.access.tokens)
        )
        self.memory_meter = MemoryMeter(self.store, self.memories)
        self.pipeline = self._pipeline()

    def _pipeline(self) -> Pipeline:
        file, privacy = self.config.file, self.config.file.privacy
        metrics_sink = MetricsSink(self.store, self.admission, self.gauges.expand_thresholds)
        log_sink = LogSink(self.writer.write, self.admission, privacy.capture)
        self.changes = ChangeSink(FirstSeen(_LEARNING_SECONDS), (metrics_sink, log_sink))
        # What nobody asked for costs nothing: each call passes every sink.
        promises = (self.slos,) * bool(file.slos) + (self.budgets,) * bool(file.budgets)
        return Pipeline(
            normaliser=Normaliser(DIALECTS, None if privacy.capture == "metadata" else with_content),
            price_book=PriceBook(own_prices(file)),
            ownership=self.ownership,
            user_hasher=self.user_hasher,
            redactor=Redactor(privacy.capture, [(p.name, compile_pattern(p.regex)) for p in privacy.patterns]),
            memories=self.memories,
            sinks=(metrics_sink, log_sink, self.recent, self.spenders, self.changes, *promises, self.memories.traces),
            store=self.store,
        )

    def start(self) -> None:
        """Bring back the counters of the last clean stop, and set the gauges that never change."""
        restored = snapshot.restore(self.store, self.config.state_dir) if self.config.state_dir else 0
        for labels, values in self.store.label_rows():
            self.admission.reserve_row(labels, values)
        self.gauges.set_fixed(self.config.file_hash)
        services = self.admission.values("service")
        for service in services:
            self.gauges.expand_thresholds(service)
        self.slos.start(services)
        self.budget_keeper.start()
        self.budgets.start(time.time())
        self.changes.start(self.store, time.time())
        if self.config.state_dir:
            self.changes.compare_prices(self._prices(), self.config.state_dir, time.time())
        log.info("exporter_started", version=version("watchkeeper"), restored_series=restored, **self.about())

    async def keep_releasing(self) -> None:
        """Let waiting calls go when their time has come, for as long as we run."""
        while True:
            await asyncio.sleep(_RELEASE_SECONDS)
            self.pipeline.release(time.time_ns())

    async def keep_reporting(self) -> None:
        """Tell every minute whose calls cost the most, for as long as we run."""
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            self.spender_report.tell(time.time())

    def refresh_gauges(self) -> None:
        """Bring up to date what is only known when it is read."""
        now = time.time()
        self.gauges.refresh(now)
        self.budgets.refresh(now)
        self.disk.refresh()
        self.memory_meter.refresh(now)

    def stop(self) -> None:
        """Count what still waits, save the counters and write the last lines."""
        self.pipeline.stop(time.time_ns())
        self.refresh_gauges()
        self._save_counters()
        self.budget_keeper.stop()
        log.info("exporter_stopped")
        self.writer.close()

    def _save_counters(self) -> None:
        """A full disk costs no more than the counters' continuity: they begin anew, and sums stay right."""
        if self.config.state_dir:
            try:
                snapshot.save(self.store, self.config.state_dir)
            except OSError:
                log.exception("counters_unsaved")

    def _prices(self) -> str:
        """The prices in force, in a few words that change when they do."""
        own = hashlib.sha256(repr(self.config.file.prices).encode()).hexdigest()[:8] if self.config.file.prices else ""
        return f"{price_table.SOURCE} with own prices {own}" if own else price_table.SOURCE

    def about(self) -> dict[str, str]:
        """What is in force, for /startup and the first log line."""
        return {
            "config_hash": self.config.file_hash or "defaults",
            "prices": price_table.SOURCE,
            "price_table_date": price_table.TABLE_DATE.isoformat(),
        }

    def complete(self, told: Context) -> Context:
        """Whose call it is that somebody asks about, as its telemetry would be taken."""
        return self.ownership.complete(with_provider(told))

    def enlist(self, service: str, team: str, tenant: str) -> tuple[str, str, str]:
        """Label values of who sent metrics, the same as spans of them get; limits for new services."""
        told = Context(time_ns=0, service=named_service(service), team=team, tenant=tenant)
        context = self.ownership.complete(told)
        admitted = self.admission.admit("service", context.service)
        self.gauges.expand_thresholds(admitted)
        return admitted, self.admission.admit("team", context.team), self.admission.admit("tenant", context.tenant)

    def count_request(self, route: str, outcome: str) -> None:
        """Count one request that brought telemetry."""
        self._count("watchkeeper_ingest_requests_total", route, outcome)

    def _count(self, metric: str, *values: str) -> None:
        self.store.families[metric].add(values, 1, time.time())


def build_app(config: Config, stream: BinaryIO) -> FastAPI:
    """Return the exporter as an ASGI application that writes its lines to ``stream``."""
    exporter = Exporter(config, stream)
    own_log.configure(exporter.writer.write)
    client, asking = httpx.AsyncClient(), httpx.Client(trust_env=False)
    relay = make_relay(config, exporter.store, client)
    access = make_access(config)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        exporter.start()
        if access.tenants:
            log.info("access_restricted", host=config.host, tenants=len(access.tenants))
        else:
            log.info("exporter_open", host=config.host)
        relay.start()
        rules = RulesInForce(config, exporter.store, asking)
        jobs = (exporter.keep_releasing(), exporter.keep_reporting(), exporter.budget_keeper.run(), rules.run())
        tasks = [asyncio.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
        await relay.stop(_LAST_DELIVERY_SECONDS)
        await client.aclose()
        await asyncio.to_thread(asking.close)
        exporter.stop()

    app = FastAPI(title="Watchkeeper", version=version("watchkeeper"), lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_ingest(app, exporter, access, relay)
    for router in _pages(exporter, access, registry, client):
        app.include_router(router)
    app.add_middleware(Observed, metrics=HttpMetrics(registry))
    return app


def _add_ingest(app: FastAPI, exporter: Exporter, access: Access, relay: Relay) -> None:
    """The routes that take telemetry in, and the one that asks before a call."""
    limits = exporter.config.file.limits
    bodies = BodyReader(max_bytes=limits.max_body_bytes, max_in_flight=limits.max_in_flight_bytes)
    answerer = Answerer(bodies, access, exporter.count_request)
    app.router.routes.extend(otlp_routes(exporter.pipeline, answerer, relay))
    app.include_router(otlp_metrics_router(MetricsGuard(), exporter.enlist, answerer, relay))
    app.include_router(native_router(exporter.pipeline, answerer))
    app.include_router(langfuse_router(exporter.pipeline, answerer))
    app.include_router(budget_router(exporter.budget_book, exporter.complete, answerer))
    # Alertmanager is a part of the stack and has no token: docs/how-to/restrict-access.md says what that means.
    app.include_router(alerts_router(exporter.pipeline, Answerer(bodies, Access.open(), exporter.count_request)))


def _pages(
    exporter: Exporter, access: Access, registry: CollectorRegistry, client: httpx.AsyncClient
) -> Iterator[APIRouter]:
    """The routes that show the exporter itself."""
    config = exporter.config
    templates = Environment(loader=PackageLoader("watchkeeper.web"), autoescape=select_autoescape())
    yield metrics_router(exporter.store, registry, exporter.refresh_gauges)
    yield health_router(config.dependencies, client, exporter.about())
    link = query_link(config.grafana_url, config.dependencies.get("prometheus", ""))
    yield runbook_router(config.runbooks_dir or _shipped_runbooks(), templates, link)
    yield home_router(
        exporter.recent, _links(config), exporter.gauges.silent_receivers, templates, tenants=access.tenants
    )


def make_access(config: Config) -> Access:
    """Return who may send, by the tokens of watchkeeper.yml."""
    section = config.file.access
    tokens = [(token.tenant, token.sha256) for token in section.tokens]
    return Access(tokens, section.limits_of, time.monotonic)


def make_relay(config: Config, store: MetricStore, client: httpx.AsyncClient) -> Relay:
    """Return what passes requests on: metrics to Prometheus, and what watchkeeper.yml names to where it says."""
    mark = f"watchkeeper-{secrets.token_hex(8)}"
    meter = StoreMeter(store)
    forwarders = [
        Forwarder(destination, client=client, strip=strip_content, meter=meter, clock=RealClock())
        for destination in destinations(config)
    ]
    return Relay(forwarders, store, mark)


def _links(config: Config) -> dict[str, str]:
    return {"Grafana": config.grafana_url} if config.grafana_url else {}


def _shipped_runbooks() -> Path | None:
    """docs/runbooks of the checkout this package runs from, if it does."""
    directory = Path(__file__).parents[2] / "docs" / "runbooks"
    return directory if directory.is_dir() else None


def serve(*, host: str | None, port: int | None, config_path: Path | None) -> None:
    """Run the exporter until it is told to stop.

    Raises: ConfigError for a wrong configuration, WatchkeeperError when the address cannot be listened on.
    """
    config = load_config(config_path, os.environ)
    config = msgspec.structs.replace(config, host=host or config.host, port=config.port if port is None else port)
    listener = listen(config.host, config.port)
    app = build_app(config, sys.stdout.buffer)
    # What was made until now stays: looking for garbage in it stops ingest for 40 ms every now and then.
    gc.collect()
    gc.freeze()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
    server.run(sockets=[listener])
