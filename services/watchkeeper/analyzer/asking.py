"""What asks models: canaries, golden queries and judges, and what they remember.

Imported only where watchkeeper.yml has some: with its database library it takes 25 MiB, which most do not need.
"""

import httpx
import structlog

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.judge.build import build_judges
from watchkeeper.analyzer.judge.judges import Judges
from watchkeeper.analyzer.notes.notes import open_notes
from watchkeeper.analyzer.prober.build import build_prober
from watchkeeper.analyzer.prober.prober import Prober
from watchkeeper.config import Config
from watchkeeper.metrics.store import MetricStore
from watchkeeper.prices.files import usable_tables

log = structlog.get_logger()


def build_asking(config: Config, client: httpx.AsyncClient, store: MetricStore) -> tuple[Prober, Judges | None]:
    """Build the canaries and the judges; both send events as one sender and share one memory."""
    notes = open_notes(config.state_url)
    sender = EventSender(client, config.exporter_url, config.file.access.own_token_file, config.folder, store)
    prober = build_prober(config.file, config.folder, client, store=store, notes=notes, sender=sender)
    loki = config.dependencies.get("loki", "")
    tables, problem = usable_tables(config.prices_file)
    if problem:
        log.error("prices_unused", problem=problem)
    judges = build_judges(
        config.file, config.folder, client, loki_url=loki, store=store, notes=notes, sender=sender, tables=tables
    )
    return prober, judges
