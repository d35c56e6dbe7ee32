"""The parts that live as long as the process, built from the configuration and wired together; app.py serves them."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from importlib.metadata import version
from itertools import chain
from typing import Any, BinaryIO

import structlog

from watchkeeper.config import Config
from watchkeeper.config.hash_key import user_hash_key
from watchkeeper.config.patterns import compile_pattern
from watchkeeper.errors import ConfigError
from watchkeeper.exporter.ageing import Ageing, tick_seconds
from watchkeeper.exporter.enrich.enricher import Enricher
from watchkeeper.exporter.enrich.known_names import known_names
from watchkeeper.exporter.enrich.ownership import Ownership
from watchkeeper.exporter.enrich.privacy import UserHasher
from watchkeeper.exporter.enrich.redaction import Redactor
from watchkeeper.exporter.inbox.inbox import Inbox
from watchkeeper.exporter.ingest.agent_activity import Activity, AgentActivity
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.content import with_content
from watchkeeper.exporter.normalise.context import named_service
from watchkeeper.exporter.normalise.dialect import AddContent, Normaliser
from watchkeeper.exporter.pipeline import Pipeline
from watchkeeper.exporter.readers.catalogue import readers
from watchkeeper.exporter.recovery import Recovery
from watchkeeper.exporter.sinks.archiving import Archiving
from watchkeeper.exporter.sinks.budgets import BudgetSink
from watchkeeper.exporter.sinks.ceilings import CeilingSink
from watchkeeper.exporter.sinks.changes import ChangeSink, services_with
from watchkeeper.exporter.sinks.coding_agents import CodingAgentSink
from watchkeeper.exporter.sinks.fan_out import FanOut
from watchkeeper.exporter.sinks.ingest_meter import IngestMeter
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.long_texts import LongTexts
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.sinks.outputs import open_lines
from watchkeeper.exporter.sinks.recent import RecentActivity
from watchkeeper.exporter.sinks.silent_failures import SilentFailureSink
from watchkeeper.exporter.sinks.slos import SloSink
from watchkeeper.exporter.sinks.spenders import SpenderReport
from watchkeeper.exporter.state.budget_keeper import BudgetKeeper, ledger_at
from watchkeeper.exporter.state.directory import StateDirectory
from watchkeeper.exporter.state.forget_requests import ForgetRequests
from watchkeeper.exporter.state.journal import Journal
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.exporter.watch.deduplicator import Deduplicator
from watchkeeper.exporter.watch.deliveries import Deliveries
from watchkeeper.exporter.watch.first_seen import FirstSeen
from watchkeeper.exporter.watch.inspector import Inspector
from watchkeeper.exporter.watch.memories import empty_memories
from watchkeeper.exporter.watch.top_spenders import TopSpenders
from watchkeeper.exporter.watch.used import Used
from watchkeeper.exporter.web.disk import DiskGauges
from watchkeeper.exporter.web.limits_in_force import LimitsInForce
from watchkeeper.exporter.web.memories import MemoryMeter
from watchkeeper.exporter.web.own_gauges import OwnGauges
from watchkeeper.exporter.web.runbooks import runbook_names, shipped_runbooks
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.lifetime import Lifetime
from watchkeeper.metrics.snapshot import Journaled
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.exchange import ExchangeRates
from watchkeeper.prices.files import usable_tables
from watchkeeper.prices.own_prices import own_prices
from watchkeeper.prices.retirements import RetirementBook
from watchkeeper.prices.unlikely_prices import unlikely_prices
from watchkeeper.serving.scrapes import ScrapeWatch

log = structlog.get_logger()

_RELEASE_SECONDS = 0.25
_REPORT_SECONDS = 60.0
# What comes in the first minutes after a start from nothing is usual, not new.
_LEARNING_SECONDS = 15 * 60.0


class Exporter:
    """The parts that live as long as the process: numbers, lines, pipeline, and how they start and stop."""

    def __init__(self, config: Config, stream: BinaryIO) -> None:
        self.config = config
        self._tick_seconds = tick_seconds(config.file.limits.idle_seconds)
        self.store = MetricStore(METRICS, config.file.limits.series, Lifetime(self._tick_seconds))
        self.writer = open_lines(stream, config.loki_push_url, self.store)
        self.prices, self.price_problem = usable_tables(config.prices_file)
        self.admission = self._admission()
        retirements = RetirementBook(config.file.retirements)
        self.gauges = OwnGauges(self.store, self.admission, config.file.alerts, config.receivers_file, retirements)
        self.disk = DiskGauges(self.store, config.state_dir)
        self.scrapes = ScrapeWatch(config.scrape_overdue_seconds)
        self.limits = LimitsInForce(self.store, config.file_path, config.file_hash)
        self.recent = RecentActivity()
        self.inbox = Inbox(config.state_dir)
        self.state = StateDirectory(config.state_dir)
        self.state_problem = self.state.problem
        # Without the lock the directory is not ours alone.
        is_kept = config.file.privacy.journal and not self.state_problem
        self.journal = Journal(config.state_dir if is_kept else None, self._forget_counters)
        self.used = Used(config.file)
        self.deliveries = Deliveries()
        self.recovery = Recovery(config.state_dir, self.journal, self.store, self._journaled, self._kept)
        self.forget_requests = ForgetRequests(config.state_dir, self.used.forget, self.recovery.save_now)
        self._is_muted = False
        self.user_hasher = UserHasher(self._hash_key())
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
        self.memory_meter = MemoryMeter(self.store, self.memories, self.used.by_name)
        self.metrics_sink = MetricsSink(
            self.store, self.admission, self.gauges.expand_thresholds, self.prices.context_window
        )
        self.ageing = self._ageing()
        self.archiving = Archiving(config, self._count_unarchived)
        self.pipeline = self._pipeline()
        self.intake = Intake(self.pipeline, self.journal, self.deliveries)

    def _admission(self) -> LabelAdmission:
        alerts = runbook_names(self.config.runbooks_dir or shipped_runbooks())
        return LabelAdmission(
            self.config.file.limits.label_values,
            lambda label, service: self._count("watchkeeper_label_overflow_total", service, label, "label_limit"),
            known_names(self.config.file, self.prices.model_names(), alerts),
            self.store.life,
        )

    def _ageing(self) -> Ageing:
        return Ageing(
            self.store,
            self.admission,
            self.config.file.limits.idle_seconds,
            self._forget_labels,
            (self.gauges.forget_service, self.slos.forget_service, self.metrics_sink.forget_service),
        )

    def _pipeline(self) -> Pipeline:
        file, privacy = self.config.file, self.config.file.privacy
        metrics_sink = self.metrics_sink
        log_sink = LogSink(self._write_line, self.admission, privacy.capture)
        self.changes = ChangeSink(FirstSeen(_LEARNING_SECONDS), (metrics_sink, log_sink))
        self.silent_failures = SilentFailureSink(
            file.contracts, self.memories, self.store, self.admission, (metrics_sink, log_sink)
        )
        self.ceilings = CeilingSink(self.used.ceilings, self.store, self.admission, (metrics_sink, log_sink))
        self.agent_activity = AgentActivity(time.time_ns())
        self.coding_agents = CodingAgentSink(self.used.quotas, self.store, self.admission)
        # What no one asked for costs nothing: each call passes every sink.
        objectives = (self.slos,) * bool(file.slos) + (self.budgets,) * bool(file.budgets)
        ceilings = (self.ceilings,) * bool(file.ceilings)
        watching = (self.changes, self.silent_failures, *objectives, *ceilings, self.memories.traces)
        sinks = (metrics_sink, log_sink, self.recent, self.spenders, self.coding_agents, *watching)
        redactor = Redactor(privacy.capture, [(p.name, compile_pattern(p.regex)) for p in privacy.patterns])
        long_texts = self.archiving.long_texts(redactor, self.user_hasher.hash)
        normaliser = Normaliser(DIALECTS, self._content_step(long_texts))
        enricher = Enricher(
            price_book=PriceBook(own_prices(file), self.prices, ExchangeRates(file.exchange_rates)),
            ownership=self.ownership,
            user_hasher=self.user_hasher,
            redactor=redactor,
        )
        return Pipeline(
            readers=readers(
                normaliser,
                self.memories.traces,
                lambda prompt: services_with(self.store, prompt),
                long_texts.shorten if long_texts else None,
            ),
            deduplicator=Deduplicator(self.memories),
            traces=self.memories.traces,
            enricher=enricher,
            fan_out=FanOut(sinks),
            meter=IngestMeter(self.store),
        )

    def _forget_labels(self) -> None:
        self.metrics_sink.forget_calls()
        self.silent_failures.forget_agents()

    def _content_step(self, long_texts: LongTexts | None) -> AddContent | None:
        """What is done with content: nothing, looking at it, or both looking at it and capturing it."""
        file, is_captured = self.config.file, self.config.file.privacy.capture != "metadata"
        if not is_captured and not file.privacy.inspect:
            return None
        inspector = Inspector(file.contracts)
        read = long_texts.with_content if long_texts else with_content
        return inspector.after(read) if is_captured else inspector.inspect

    def start(self) -> None:
        """Bring back the counters of before, and what a crash left to count; set the gauges that never change."""
        self._is_muted = True
        self.recovery.restore(self.intake, self.pipeline, self._reserve_places)
        self._is_muted = False
        self._report_state(self.recovery.damage)
        self.archiving.start()
        crashed = self.recovery.crashed_with
        self.metrics_sink.forget_calls()
        self.gauges.set_fixed(self.config.file_hash, self.config.url, self.prices.published)
        self.gauges.set_server_prices(self.config.file.inference_servers)
        services = self.admission.values("service")
        for service in services:
            self.gauges.expand_thresholds(service)
        self.slos.start(services)
        if crashed:
            self.budget_keeper.resume(crashed.writer, crashed.spent)
        for problem in chain(*(one.resume(self.recovery.kept) for one in (self.used, self.deliveries))):
            self._report_state(problem)
        self.ceilings.start()
        self.coding_agents.start()
        self.budget_keeper.start()
        self.budgets.start(time.time())
        self.changes.start(self.store, time.time(), crashed.reports_from if crashed else None)
        self.silent_failures.start()
        self.recovery.count_again(self.intake, self.pipeline)
        self.forget_requests.do_waiting()
        self.metrics_sink.forget_calls()
        self._report_prices()
        log.info(
            "exporter_started",
            version=version("watchkeeper"),
            restored_series=self.recovery.restored_series,
            **self.about(),
        )

    def _reserve_places(self) -> None:
        """Series that came back keep their names."""
        for labels, values, touched in self.store.label_rows():
            self.admission.reserve_row(labels, values, touched)
        self.metrics_sink.forget_calls()  # it looks up again which rows there are

    def _kept(self) -> dict[str, bytes]:
        """What is saved with the counters and is none."""
        return {**self.used.saved(), **self.deliveries.saved()}

    def _report_prices(self) -> None:
        """Say what changed of them since the last start, and what may be wrong with them."""
        if self.config.state_dir:
            try:
                self.changes.compare_prices(self._prices_in_words(), self.config.state_dir, time.time())
            except (OSError, UnicodeDecodeError):
                log.exception("prices_uncompared")
        if self.price_problem:
            log.error("prices_unused", problem=self.price_problem)
        for warning in unlikely_prices(self.config.file, self.prices.first):
            log.warning("price_unlikely", detail=warning)

    def _report_state(self, damage: str) -> None:
        """Say what of the state cannot be used, and count it; the exporter runs without it."""
        for reason, problem in (("unusable", self.state_problem), ("damaged", damage)):
            if problem:
                log.error("state_unused", reason=reason, problem=problem)
                self._count("watchkeeper_ingest_dropped_total", "state", reason)

    def _hash_key(self) -> bytes:
        """The key under which users are hashed; for this run alone where it cannot be kept."""
        try:
            return user_hash_key(self.config.user_hash_key, self.config.state_dir)
        except ConfigError as error:
            self.state_problem = self.state_problem or str(error)
            return secrets.token_bytes(32)

    def jobs(self) -> Sequence[Coroutine[None, None, None]]:
        """What goes on beside the requests."""
        kept = (self.keep_releasing(), self.keep_reporting(), self.keep_ageing(), self.forget_requests.run())
        return (*kept, self.budget_keeper.run(), self.scrapes.run(), self.recovery.run())

    async def keep_releasing(self) -> None:
        """Let waiting calls go when their time has come, for as long as we run."""
        while True:
            await asyncio.sleep(_RELEASE_SECONDS)
            now_ns = time.time_ns()
            self.journal.tick(now_ns)
            self.pipeline.release(now_ns)

    async def keep_reporting(self) -> None:
        """Report every minute whose calls cost the most, for as long as we run."""
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            self.spender_report.emit(time.time())

    async def keep_ageing(self) -> None:
        """End what no one uses any more, for as long as we run."""
        while True:
            self.ageing.tick(time.time())
            await asyncio.sleep(self._tick_seconds)

    def refresh_gauges(self) -> None:
        """Bring up to date what is only known when it is read."""
        now = time.time()
        self.gauges.refresh(now)
        self.budgets.refresh(now)
        self.ceilings.refresh(now)
        self.coding_agents.refresh(now)
        self.disk.refresh()
        self.limits.refresh()
        self.memory_meter.refresh(now)

    def settle(self) -> None:
        """Count what still waits and save the counters, before anything that takes time: a kill may follow."""
        self.pipeline.stop(time.time_ns())
        self.refresh_gauges()
        self.recovery.settle()

    def stop(self) -> None:
        """Save the counters with what was counted since, and write the last lines."""
        self.refresh_gauges()
        self.recovery.stop()
        self.state.release()
        log.info("exporter_stopped")
        self.writer.close()

    def _journaled(self, number: int) -> Journaled:
        """What must be known beside the counters to count the requests of a journal once."""
        spent = self.budget_keeper.spent()
        return Journaled(number, self.budget_keeper.writer, spent, self.changes.reports_from)

    def _forget_counters(self) -> None:
        """Without a journal, counters that were saved must not come back after a crash."""
        if self.config.state_dir:
            with suppress(OSError):
                snapshot.forget(self.config.state_dir)

    def _write_line(self, line: bytes) -> None:
        """Write a line, unless it was written before."""
        if not self._is_muted:
            self.writer.write(line)

    def _prices_in_words(self) -> str:
        """The active prices, in a few words that change when they do."""
        own = hashlib.sha256(repr(self.config.file.prices).encode()).hexdigest()[:8] if self.config.file.prices else ""
        return f"{self.prices.source} with own prices {own}" if own else self.prices.source

    def about(self) -> dict[str, str]:
        """What is active, for /startup and the first log line."""
        return {
            "config_hash": self.config.file_hash or "defaults",
            "prices": self.prices.source,
            "price_table_date": self.prices.published.isoformat(),
        }

    def complete(self, reported: Context) -> Context:
        """Whose call it is that someone asks about, as its telemetry would be taken."""
        return self.user_hasher.anonymise(self.ownership.complete(self.prices.with_provider(reported)))

    def enlist(self, service: str, team: str, tenant: str) -> tuple[str, str, str]:
        """Label values of who sent metrics, the same as spans of them get; limits for new services."""
        reported = Context(time_ns=0, service=named_service(service), team=team, tenant=tenant)
        context = self.ownership.complete(reported)
        service = self.admission.admit("service", context.service)
        self.gauges.expand_thresholds(service)
        team = self.admission.admit("team", context.team, service)
        return service, team, self.admission.admit("tenant", context.tenant, service)

    def activity_in(self, request: Any) -> Sequence[Activity]:
        """What the metrics of coding agents report and nothing else does."""
        return list(self.agent_activity.read(request))

    def count_activity(self, activity: Activity) -> None:
        """Count one amount of it."""
        self.coding_agents.take_activity(activity, time.time())

    def _count_unarchived(self, reason: str) -> None:
        self._count("watchkeeper_ingest_dropped_total", "archive", reason)

    def count_request(self, route: str, outcome: str) -> None:
        """Count one request that brought telemetry."""
        self._count("watchkeeper_ingest_requests_total", route, outcome)

    def _count(self, metric: str, *values: str) -> None:
        self.store.families[metric].add(values, 1, time.time())
