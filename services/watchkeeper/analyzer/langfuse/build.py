"""The bridge to the projects of watchkeeper.yml, ready to work.

Imported only where there are some: with its database library it takes 25 MiB, which most do not need.
"""

from collections.abc import Iterator

import httpx

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse.api import ScoresApi
from watchkeeper.analyzer.langfuse.bridge import Bridge
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.patience import Patience
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.reading import ScoreReading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.langfuse.writing import VerdictLines, VerdictWriting
from watchkeeper.analyzer.notes.notes import Notes, open_notes
from watchkeeper.config import Config
from watchkeeper.config.evaluators import Evaluators
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.metrics.store import MetricStore


def build_bridge(config: Config, client: httpx.AsyncClient, loki_client: httpx.Client, store: MetricStore) -> Bridge:
    """Build what reads and what writes, for each project that has a key."""
    notes = open_notes(config.state_url)
    sender = EventSender(client, config.exporter_url, config.file.access.own_token_file, config.folder, store)
    loki, projects = config.dependencies.get("loki", ""), config.file.langfuse_projects

    def reading(project: LangfuseProject) -> ScoreReading:
        return ScoreReading(
            project.name,
            ScoresApi(project, client, config.folder),
            TraceOrigins(loki_client, loki),
            notes=ProgressNotes(notes, project.name),
            sender=sender,
            report=LangfuseReport(project.name, store),
            patience=Patience(),
        )

    scored_here = frozenset(_scored_here(config.file.evaluators))
    return Bridge(
        readings={one.name: reading(one) for one in projects if one.key_file and one.read_scores},
        writings={
            one.name: VerdictWriting(
                one.name,
                one.verdicts,
                VerdictLines(loki_client, loki, one.verdicts.services, scored_here),
                api=WritesApi(one, client, config.folder),
                notes=_notes_of_verdicts(notes, one.name),
                report=LangfuseReport(one.name, store),
                patience=Patience(),
            )
            for one in projects
            if one.verdicts
        },
    )


def _notes_of_verdicts(notes: Notes, project: str) -> ProgressNotes:
    return ProgressNotes(notes, f"verdicts for {project}")


def _scored_here(evaluators: Evaluators) -> Iterator[str]:
    """The names of what judges of this stack score."""
    for evaluator in evaluators.sets:
        yield evaluator.name
        yield from (criterion.name for criterion in evaluator.criteria)
