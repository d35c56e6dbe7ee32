"""The exporter as a web application: what exporter.py builds behind its routes, and the process that serves them."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec
import structlog
from fastapi import APIRouter, FastAPI
from jinja2 import Environment, PackageLoader, select_autoescape

from watchkeeper.config import Config, load_config
from watchkeeper.config.access import TenantLimits
from watchkeeper.config.alerts_token import digest_of, secret_in
from watchkeeper.engines.trace_lines import TraceLines
from watchkeeper.exporter import life
from watchkeeper.exporter.inbox.routes import inbox_page, inbox_router
from watchkeeper.exporter.ingest.access import Access
from watchkeeper.exporter.ingest.answer import Answerer
from watchkeeper.exporter.ingest.body import BodyReader
from watchkeeper.exporter.ingest.door import Door
from watchkeeper.exporter.ingest.langfuse_routes import langfuse_router
from watchkeeper.exporter.ingest.native_routes import alerts_router, native_router
from watchkeeper.exporter.ingest.otlp_metrics import MetricsGuard
from watchkeeper.exporter.ingest.otlp_routes import otlp_metrics_router, otlp_routes
from watchkeeper.exporter.ingest.turns import Turns
from watchkeeper.exporter.ingest.webhook_routes import MOST_BYTES, MOST_IN_FLIGHT, webhook_router
from watchkeeper.exporter.ingest.webhook_signature import WebhookSignatures
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.sinks.delivered import samples_of
from watchkeeper.exporter.sinks.destinations import destinations
from watchkeeper.exporter.sinks.forward import Forwarder, RealClock
from watchkeeper.exporter.sinks.relay import Relay, StoreMeter
from watchkeeper.exporter.sinks.without_content import content_stripper
from watchkeeper.exporter.web.alert_facts import AlertFacts
from watchkeeper.exporter.web.alert_pages import AlertPages, alertmanager_at
from watchkeeper.exporter.web.archived_texts import ArchivedTexts
from watchkeeper.exporter.web.budget_check import BudgetCheck, budget_router
from watchkeeper.exporter.web.home import home_router
from watchkeeper.exporter.web.overview import HourOverview
from watchkeeper.exporter.web.query_links import query_link
from watchkeeper.exporter.web.runbooks import runbook_router, shipped_runbooks
from watchkeeper.exporter.web.style import style_hash
from watchkeeper.exporter.web.trace_links import TraceLinks
from watchkeeper.exporter.web.trace_pages import ANSWER_SECONDS as TRACE_SECONDS
from watchkeeper.exporter.web.trace_pages import TracePages
from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving import own_log
from watchkeeper.serving.browsers import RefuseForeign
from watchkeeper.serving.health import health_routes
from watchkeeper.serving.listener import listen, run
from watchkeeper.serving.metrics_route import metrics_route, process_registry
from watchkeeper.serving.middleware import HttpMetrics, Observed
from watchkeeper.serving.paths import OneSlash
from watchkeeper.serving.reloadable import Build, Reloadable

log = structlog.get_logger()

# Docker gives a stopping process ten seconds in all: two are for requests (serving/listener.py), two for lines.
_LAST_DELIVERY_SECONDS = 4.0


def build_app(config: Config, stream: BinaryIO) -> FastAPI:
    """Return the exporter as an ASGI application that writes its lines to ``stream``."""
    exporter = Exporter(config, stream)
    own_log.configure(exporter.writer.write)
    client, for_pages = httpx.AsyncClient(), httpx.Client(trust_env=False)
    relay = make_relay(config, exporter.store, client, exporter.user_hasher.hash)
    access = make_access(config)
    registry = process_registry()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        life.start(exporter)
        if access.tenants:
            log.info("access_restricted", host=config.host, tenants=len(access.tenants))
        else:
            log.info("exporter_open", host=config.host)
        relay.start()
        tasks = [asyncio.create_task(job) for job in life.jobs(exporter)]
        yield
        for task in tasks:
            task.cancel()
        life.settle(exporter)
        last = (asyncio.to_thread(stop) for stop in (exporter.budget_keeper.stop, exporter.archiving.stop))
        await asyncio.gather(relay.stop(_LAST_DELIVERY_SECONDS), *last)
        await client.aclose()
        for_pages.close()  # noqa: ASYNC212  # closing a pool waits for nothing
        life.stop(exporter)

    app = FastAPI(title="Watchkeeper", version=version("watchkeeper"), lifespan=lifespan, openapi_url=None)
    metrics = HttpMetrics(registry)
    _add_ingest(app, exporter, access, relay, metrics=metrics)
    app.router.routes.append(metrics_route(exporter.store, registry, exporter.refresh_gauges, exporter.scrapes.watched))
    loaded_at = datetime.now(UTC).isoformat()
    app.router.routes.extend(health_routes({**exporter.about(), "loaded_at": loaded_at}))
    for router in _pages(exporter, access, for_pages):
        app.include_router(router)
    app.add_middleware(OneSlash)
    app.add_middleware(RefuseForeign, hosts=config.hosts, styles=style_hash())
    app.add_middleware(Observed, metrics=metrics)
    return app


def _add_ingest(app: FastAPI, exporter: Exporter, access: Access, relay: Relay, *, metrics: HttpMetrics) -> None:
    """The routes that take telemetry in, what refuses at their door, and the one that asks before a call."""
    turns = Turns()
    app.state.refuse = Door(turns, access, exporter.count_request, metrics).refuse
    limits = exporter.config.file.limits
    bodies = BodyReader(max_bytes=limits.max_body_bytes, max_in_flight=limits.max_in_flight_bytes)
    answerer = Answerer(bodies, access, exporter.count_request, turns)
    asked = Answerer(bodies, access, exporter.count_request)
    app.router.routes.extend(otlp_routes(exporter.intake, answerer, relay))
    app.include_router(otlp_metrics_router(MetricsGuard(), exporter, answerer, relay))
    app.include_router(native_router(exporter.intake, answerer))
    app.include_router(langfuse_router(exporter.intake, answerer))
    checks = BudgetCheck(exporter.budget_book, exporter.used.ceilings, exporter.complete)
    app.include_router(budget_router(checks, asked))
    # Alertmanager is a part of the stack, and no tenant: it has a secret of its own, or none.
    of_alertmanager = Answerer(bodies, alerts_access(exporter.config.alerts_token_file), exporter.count_request)
    app.include_router(alerts_router(exporter.intake, of_alertmanager))
    app.include_router(inbox_router(exporter.inbox, of_alertmanager))
    signatures = WebhookSignatures(webhook_secrets(exporter.config), time.time)
    # Bodies are read before it is known who sent them, so that they share nothing with those of applications.
    small = BodyReader(max_bytes=min(MOST_BYTES, limits.max_body_bytes), max_in_flight=MOST_IN_FLIGHT)
    signed = Answerer(small, Access.open(), exporter.count_request)
    app.include_router(webhook_router(exporter.intake, signed, signatures))


def _pages(exporter: Exporter, access: Access, client: httpx.Client) -> Iterator[APIRouter]:
    """The pages for people. Only they ask the engines, by ``client``; telemetry is taken in without them."""
    config = exporter.config
    templates = Environment(loader=PackageLoader("watchkeeper.exporter.web"), autoescape=select_autoescape())
    link = query_link(config.grafana_url)
    yield runbook_router(config.runbooks_dir or shipped_runbooks(), templates, link)
    yield inbox_page(exporter.inbox, exporter.gauges.has_inbox, templates)
    prometheus, loki = config.dependencies.get("prometheus", ""), config.dependencies.get("loki", "")
    alertmanager = alertmanager_at(client, config.dependencies.get("alertmanager", ""))
    facts = AlertFacts(client, prometheus, loki)
    may_silence = not access.tenants
    pages = AlertPages(alertmanager, facts, templates, grafana_url=config.grafana_url, may_silence=may_silence)
    yield pages.router()
    lines = TraceLines(client, loki, TRACE_SECONDS) if loki else None
    yield TracePages(lines, access, templates, _trace_links(config)).router()
    yield ArchivedTexts(exporter.archiving.archive, access).router()
    overview = HourOverview(client, prometheus, alertmanager)
    links = _links(config)
    yield home_router(
        exporter.sinks.recent, links, exporter.gauges, templates, tenants=access.tenants, overview=overview
    )


def make_access(config: Config) -> Access:
    """Return who may send, by the tokens of watchkeeper.yml."""
    section = config.file.access
    tokens = [(token.tenant, token.sha256) for token in section.tokens]
    return Access(tokens, section.limits_of, time.monotonic)


def alerts_access(file: Path | None) -> Access:
    """Return who may send alerts: whoever shows the secret in the file, and everyone without a file.

    A file that cannot be read lets no one in; AlertmanagerNotificationsFailing fires then.
    """
    if file is None:
        return Access.open()
    try:
        digest = digest_of(file)
    except (OSError, ValueError):
        log.exception("alerts_token_unreadable", file=str(file))
        digest = ""  # no digest is empty
    return Access([("alertmanager", digest)], lambda _tenant: TenantLimits(), time.monotonic)


def webhook_secrets(config: Config) -> list[bytes]:
    """Return the secrets that Langfuse signs webhooks with; one that cannot be read is reported, and signs nothing."""
    secrets: list[bytes] = []
    for project in config.file.langfuse_projects:
        if (file := project.webhook_secret_file) is None:
            continue
        try:
            secrets.append(secret_in(config.folder / file))
        except (OSError, ValueError):
            log.exception("webhook_secret_unreadable", project=project.name, file=str(file))
    return secrets


def make_relay(config: Config, store: MetricStore, client: httpx.AsyncClient, hash_user: Callable[[str], str]) -> Relay:
    """Return what passes requests on: metrics to Prometheus, and what watchkeeper.yml names to where it says."""
    strip = content_stripper(hash_user)
    mark = f"watchkeeper-{secrets.token_hex(8)}"
    meter = StoreMeter(store)
    forwarders = [
        Forwarder(
            destination, client=client, strip=strip, meter=meter, clock=RealClock(), samples=samples_of(destination)
        )
        for destination in destinations(config)
    ]
    return Relay(forwarders, store, mark)


def _trace_links(config: Config) -> TraceLinks:
    return TraceLinks(
        grafana_url=config.grafana_url,
        langfuse_project_url=config.langfuse_project_url,
        destinations=[destination.name for destination in config.file.forward],
    )


def _links(config: Config) -> dict[str, str]:
    return {"Grafana": config.grafana_url} if config.grafana_url else {}


def serve(*, host: str | None, port: int | None, config_path: Path | None) -> None:
    """Run the exporter until it is asked to stop; SIGHUP lets it read watchkeeper.yml again.

    Raises: ConfigError for a wrong configuration, WatchkeeperError when the address cannot be listened on.
    """
    config = load_config(config_path, os.environ)
    config = msgspec.structs.replace(config, host=host or config.host, port=config.port if port is None else port)
    listener = listen(config.host, config.port)

    def prepare() -> Build:
        fresh = msgspec.structs.replace(load_config(config_path, os.environ), host=config.host, port=config.port)
        return lambda: build_app(fresh, sys.stdout.buffer)

    app = Reloadable(lambda: build_app(config, sys.stdout.buffer), prepare)
    run(app, listener, app.refuse)
