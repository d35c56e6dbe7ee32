"""The parts that live as long as the process, built from the configuration and wired together."""

import secrets
import time
from contextlib import suppress
from typing import BinaryIO

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
from watchkeeper.exporter.ingest.agent_activity import AgentActivity
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.content import with_content
from watchkeeper.exporter.normalise.context import named_service
from watchkeeper.exporter.normalise.dialect import AddContent, Normaliser
from watchkeeper.exporter.pipeline import Pipeline
from watchkeeper.exporter.readers.catalogue import readers
from watchkeeper.exporter.recovery import Recovery
from watchkeeper.exporter.sinks.archiving import Archiving
from watchkeeper.exporter.sinks.catalogue import Sinks
from watchkeeper.exporter.sinks.changes import services_with
from watchkeeper.exporter.sinks.ingest_meter import IngestMeter
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.long_texts import LongTexts
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.sinks.outputs import open_lines
from watchkeeper.exporter.sinks.spenders import SpenderReport
from watchkeeper.exporter.state.budget_keeper import BudgetKeeper, ledger_at
from watchkeeper.exporter.state.directory import StateDirectory
from watchkeeper.exporter.state.forget_requests import ForgetRequests
from watchkeeper.exporter.state.journal import Journal
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.exporter.watch.deduplicator import Deduplicator
from watchkeeper.exporter.watch.deliveries import Deliveries
from watchkeeper.exporter.watch.inspector import Inspector
from watchkeeper.exporter.watch.memories import empty_memories
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
from watchkeeper.serving.scrapes import ScrapeWatch

log = structlog.get_logger()


class Exporter:
    """The parts that live as long as the process: numbers, lines and pipeline; life.py starts and stops them."""

    def __init__(self, config: Config, stream: BinaryIO) -> None:
        self.config = config
        lifetime = Lifetime(tick_seconds(config.file.limits.idle_seconds))
        self.store = MetricStore(METRICS, config.file.limits.series, lifetime)
        self.writer = open_lines(stream, config.loki_push_url, self.store)
        self.prices, self.price_problem = usable_tables(config.prices_file)
        self.admission = self._admission()
        retirements = RetirementBook(config.file.retirements)
        self.gauges = OwnGauges(self.store, self.admission, config.file.alerts, config.receivers_file, retirements)
        self.disk = DiskGauges(self.store, config.state_dir)
        self.scrapes = ScrapeWatch(config.scrape_overdue_seconds)
        self.limits = LimitsInForce(self.store, config.file_path, config.file_hash)
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
        # Lines of requests that are counted again for what was known are there already.
        self.is_muted = False
        self.user_hasher = UserHasher(self._hash_key())
        self.ownership = Ownership([(team.name, team.rules()) for team in config.file.teams])
        self.budget_book = BudgetBook(config.file.budgets)
        self.budget_keeper = BudgetKeeper(self.budget_book, ledger_at(config.state_url if config.file.budgets else ""))
        self.memories = empty_memories(
            idle_seconds=config.file.traces.idle_seconds, is_by_tenant=bool(config.file.access.tokens)
        )
        self.memory_meter = MemoryMeter(self.store, self.memories, self.used.by_name)
        self.sinks = self._sinks()
        self.spender_report = SpenderReport(self.sinks.spenders, self.store, self.user_hasher.hash)
        self.agent_activity = AgentActivity(time.time_ns())
        self.ageing = self._ageing()
        self.archiving = Archiving(config, self._count_unarchived)
        self.pipeline = self._pipeline()
        self.intake = Intake(self.pipeline, self.journal, self.deliveries, self.agent_activity)

    def _admission(self) -> LabelAdmission:
        alerts = runbook_names(self.config.runbooks_dir or shipped_runbooks())
        return LabelAdmission(
            self.config.file.limits.label_values,
            lambda label, service: self.count("watchkeeper_label_overflow_total", service, label, "label_limit"),
            known_names(self.config.file, self.prices.model_names(), alerts),
            self.store.life,
        )

    def _ageing(self) -> Ageing:
        return Ageing(
            self.store,
            self.admission,
            self.config.file.limits.idle_seconds,
            self.sinks.forget_labels,
            (self.gauges.forget_service, self.sinks.slos.forget_service, self.sinks.metrics.forget_service),
        )

    def _sinks(self) -> Sinks:
        expand, window = self.gauges.expand_thresholds, self.prices.context_window
        return Sinks(
            self.config.file,
            store=self.store,
            admission=self.admission,
            metrics=MetricsSink(self.store, self.admission, expand, window),
            logs=LogSink(self._write_line, self.admission, self.config.file.privacy.capture),
            memories=self.memories,
            budgets=self.budget_book,
            used=self.used,
        )

    def _pipeline(self) -> Pipeline:
        file, privacy = self.config.file, self.config.file.privacy
        redactor = Redactor(privacy.capture, [(p.name, compile_pattern(p.regex)) for p in privacy.patterns])
        long_texts = self.archiving.long_texts(redactor, self.user_hasher.hash)
        normaliser = Normaliser(DIALECTS, self._content_step(long_texts))
        self._meter = IngestMeter(self.store)
        self._enricher = Enricher(
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
            enricher=self._enricher,
            fan_out=self.sinks.fan_out,
            meter=self._meter,
        )

    def _content_step(self, long_texts: LongTexts | None) -> AddContent | None:
        """What is done with content: nothing, looking at it, or both looking at it and capturing it."""
        file, is_captured = self.config.file, self.config.file.privacy.capture != "metadata"
        if not is_captured and not file.privacy.inspect:
            return None
        inspector = Inspector(file.contracts)
        read = long_texts.with_content if long_texts else with_content
        return inspector.after(read) if is_captured else inspector.inspect

    def _hash_key(self) -> bytes:
        """The key under which users are hashed; for this run alone where it cannot be kept."""
        try:
            return user_hash_key(self.config.user_hash_key, self.config.state_dir)
        except ConfigError as error:
            self.state_problem = self.state_problem or str(error)
            return secrets.token_bytes(32)

    def _kept(self) -> dict[str, bytes]:
        """What is saved with the counters and is none."""
        return {**self.used.saved(), **self.deliveries.saved(), **self.agent_activity.saved()}

    def _journaled(self, number: int) -> Journaled:
        """What must be known beside the counters to count the requests of a journal once."""
        spent = self.budget_keeper.spent()
        return Journaled(number, self.budget_keeper.writer, spent, self.sinks.changes.reports_from)

    def _forget_counters(self) -> None:
        """Without a journal, counters that were saved must not come back after a crash."""
        if self.config.state_dir:
            with suppress(OSError):
                snapshot.forget(self.config.state_dir)

    def _write_line(self, line: bytes) -> None:
        """Write a line, unless it was written before."""
        if not self.is_muted:
            self.writer.write(line)

    def refresh_gauges(self) -> None:
        """Bring up to date what is only known when it is read."""
        now = time.time()
        self.gauges.refresh(now)
        self.sinks.refresh(now)
        self.disk.refresh()
        self.limits.refresh()
        self.memory_meter.refresh(now)

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

    async def count_activity(self, activity: bytes, tenant: str) -> None:
        """Count what coding agents did, and write its lines."""
        await self.intake.take_metrics(activity, tenant)

    def _count_unarchived(self, reason: str) -> None:
        self.count("watchkeeper_ingest_dropped_total", "archive", reason)

    def count_request(self, route: str, outcome: str) -> None:
        """Count one request that brought telemetry."""
        self.count("watchkeeper_ingest_requests_total", route, outcome)

    def count(self, metric: str, *values: str) -> None:
        """Count one, of a counter with these label values."""
        self.store.families[metric].add(values, 1, time.time())
