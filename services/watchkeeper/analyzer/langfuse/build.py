"""The bridge to the projects of watchkeeper.yml, ready to work.

Imported only where there are some: with its database library it takes 25 MiB, which most do not need.
"""

from collections.abc import Mapping

import httpx

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse.api import ScoresApi
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.reading import ScoreReading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.notes.notes import open_notes
from watchkeeper.config import Config
from watchkeeper.metrics.store import MetricStore


def build_readings(
    config: Config, client: httpx.AsyncClient, loki_client: httpx.Client, store: MetricStore
) -> Mapping[str, ScoreReading]:
    """Build a reading for each project that has a key, by its name."""
    notes = open_notes(config.state_url)
    sender = EventSender(client, config.exporter_url, config.file.access.own_token_file, config.folder, store)
    loki = config.dependencies.get("loki", "")
    return {
        project.name: ScoreReading(
            project.name,
            ScoresApi(project, client, config.folder),
            TraceOrigins(loki_client, loki),
            notes=ProgressNotes(notes, project.name),
            sender=sender,
            report=LangfuseReport(project.name, store),
        )
        for project in config.file.langfuse_projects
        if project.key_file
    }
