"""How the parts of an exporter start, what goes on while they run, and how they stop."""

import asyncio
import hashlib
import time
from collections.abc import Coroutine, Sequence
from importlib.metadata import version
from itertools import chain

import structlog

from watchkeeper.exporter.parts import Exporter
from watchkeeper.prices.unlikely_prices import unlikely_prices

log = structlog.get_logger()

_RELEASE_SECONDS = 0.25
_REPORT_SECONDS = 60.0


def start(parts: Exporter) -> None:
    """Bring back the counters of before, and what a crash left to count; set the gauges that never change."""
    parts.is_muted = True
    parts.recovery.restore(parts.intake, parts.pipeline, lambda: _reserve_places(parts))
    parts.is_muted = False
    _report_state(parts, parts.recovery.damage)
    parts.archiving.start()
    crashed = parts.recovery.crashed_with
    parts.sinks.metrics.forget_calls()
    parts.gauges.set_fixed(parts.config.file_hash, parts.config.url, parts.prices.published)
    parts.gauges.set_server_prices(parts.config.file.inference_servers)
    services = parts.admission.values("service")
    for service in services:
        parts.gauges.expand_thresholds(service)
    parts.sinks.slos.start(services)
    if crashed:
        parts.budget_keeper.resume(crashed.writer, crashed.spent)
    resumed = (part.resume(parts.recovery.kept) for part in (parts.used, parts.deliveries, parts.agent_activity))
    for problem in chain.from_iterable(resumed):
        _report_state(parts, problem)
    parts.sinks.ceilings.start()
    parts.sinks.coding_agents.start()
    parts.budget_keeper.start()
    parts.sinks.budgets.start(time.time())
    parts.sinks.changes.start(parts.store, time.time(), crashed.reports_from if crashed else None)
    parts.sinks.silent_failures.start()
    parts.recovery.count_again(parts.intake, parts.pipeline)
    parts.forget_requests.do_waiting()
    parts.sinks.metrics.forget_calls()
    _report_prices(parts)
    log.info(
        "exporter_started",
        version=version("watchkeeper"),
        restored_series=parts.recovery.restored_series,
        **parts.about(),
    )


def jobs(parts: Exporter) -> Sequence[Coroutine[None, None, None]]:
    """What goes on beside the requests."""
    kept = (_keep_releasing(parts), _keep_reporting(parts), _keep_ageing(parts), parts.forget_requests.run())
    return (*kept, parts.budget_keeper.run(), parts.scrapes.run(), parts.recovery.run())


async def _keep_releasing(parts: Exporter) -> None:
    """Let waiting calls go when their time has come, for as long as we run."""
    while True:
        await asyncio.sleep(_RELEASE_SECONDS)
        now_ns = time.time_ns()
        parts.journal.tick(now_ns)
        parts.pipeline.release(now_ns)


async def _keep_reporting(parts: Exporter) -> None:
    """Report every minute whose calls cost the most, for as long as we run."""
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        parts.spender_report.emit(time.time())


async def _keep_ageing(parts: Exporter) -> None:
    """End what no one uses any more, for as long as we run."""
    while True:
        parts.ageing.tick(time.time())
        await asyncio.sleep(parts.store.life.tick_seconds)


def settle(parts: Exporter) -> None:
    """Count what still waits and save the counters, before anything that takes time: a kill may follow."""
    parts.pipeline.stop(time.time_ns())
    parts.refresh_gauges()
    parts.recovery.settle()


def stop(parts: Exporter) -> None:
    """Save the counters with what was counted since, and write the last lines."""
    parts.refresh_gauges()
    parts.recovery.stop()
    parts.state.release()
    log.info("exporter_stopped")
    parts.writer.close()


def _reserve_places(parts: Exporter) -> None:
    """Series that came back keep their names."""
    for labels, values, touched in parts.store.label_rows():
        parts.admission.reserve_row(labels, values, touched)
    parts.sinks.metrics.forget_calls()  # it looks up again which rows there are


def _report_state(parts: Exporter, damage: str) -> None:
    """Say what of the state cannot be used, and count it; the exporter runs without it."""
    for reason, problem in (("unusable", parts.state_problem), ("damaged", damage)):
        if problem:
            log.error("state_unused", reason=reason, problem=problem)
            parts.count("watchkeeper_ingest_dropped_total", "state", reason)


def _report_prices(parts: Exporter) -> None:
    """Say what changed of them since the last start, and what may be wrong with them."""
    if parts.config.state_dir:
        try:
            parts.sinks.changes.compare_prices(_prices_in_words(parts), parts.config.state_dir, time.time())
        except (OSError, UnicodeDecodeError):
            log.exception("prices_uncompared")
    if parts.price_problem:
        log.error("prices_unused", problem=parts.price_problem)
    for warning in unlikely_prices(parts.config.file, parts.prices.first):
        log.warning("price_unlikely", detail=warning)


def _prices_in_words(parts: Exporter) -> str:
    """The active prices, in a few words that change when they do."""
    source, own = parts.prices.source, parts.config.file.prices
    return f"{source} with own prices {hashlib.sha256(repr(own).encode()).hexdigest()[:8]}" if own else source
