"""The bridge to the projects of watchkeeper.yml, ready to work.

Imported only where there are some: with its database library it takes 25 MiB, which most do not need.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import httpx

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse.alert import QUERY, AlertLine, read_alert
from watchkeeper.analyzer.langfuse.alert_writer import AlertWriter
from watchkeeper.analyzer.langfuse.api import COSTS, OBSERVATIONS, OBSERVATIONS_WITH_TEXTS, SCORES, PagedApi
from watchkeeper.analyzer.langfuse.bridge import Bridge
from watchkeeper.analyzer.langfuse.calls_here import CallsHere
from watchkeeper.analyzer.langfuse.cost_comparison import CostComparison
from watchkeeper.analyzer.langfuse.intake import ExporterIntake
from watchkeeper.analyzer.langfuse.line_writing import Lines, LineWriting
from watchkeeper.analyzer.langfuse.observation_taking import ObservationTaking
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.queues import QueueReading
from watchkeeper.analyzer.langfuse.reading import Pace, Reading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.score_taking import ScoreTaking
from watchkeeper.analyzer.langfuse.traces_here import TracesHere
from watchkeeper.analyzer.langfuse.verdict import Verdict
from watchkeeper.analyzer.langfuse.verdict_writer import VerdictWriter, verdict_lines
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.notes.notes import Notes, open_notes
from watchkeeper.config import Config
from watchkeeper.config.evaluators import Evaluators
from watchkeeper.config.langfuse_projects import LangfuseProject, Verdicts
from watchkeeper.metrics.store import MetricStore

# Lines of a trace are in Loki some seconds after its scores may be in Langfuse.
_SCORES = Pace(signal="scores", settled_seconds=30.0)
# An application that sends here as well has done so; of a call that lasts its line comes with its end.
_OBSERVATIONS = Pace(signal="observations", settled_seconds=60.0)
# Langfuse takes up to a quarter of an hour to show a call; each is compared once, so that nothing is read again.
_COSTS = Pace(signal="costs", settled_seconds=20 * 60.0, overlap_seconds=0.0)


def build_bridge(config: Config, client: httpx.AsyncClient, loki_client: httpx.Client, store: MetricStore) -> Bridge:
    """Build what reads and what writes, for each project that has a key."""
    builder = _Builder(config=config, client=client, loki_client=loki_client, store=store)
    projects = [one for one in config.file.langfuse_projects if one.key_file]
    return Bridge(
        scores={one.name: builder.scores(one) for one in projects if one.read_scores},
        observations={one.name: builder.observations(one) for one in projects if one.read_observations},
        costs={one.name: builder.costs(one) for one in projects if one.compare_costs},
        queues={one.name: builder.queues(one) for one in projects if one.read_queues},
        writings={one.name: builder.writing(one, one.verdicts) for one in projects if one.verdicts},
        alerts={one.name: builder.alerts(one, one.alerts.services) for one in projects if one.alerts},
    )


@dataclass(frozen=True, kw_only=True)
class _Builder:
    config: Config
    client: httpx.AsyncClient
    loki_client: httpx.Client
    store: MetricStore

    @cached_property
    def notes(self) -> Notes:
        return open_notes(self.config.state_url)

    @cached_property
    def sender(self) -> EventSender:
        config = self.config
        return EventSender(
            self.client, config.exporter_url, config.file.access.own_token_file, config.folder, self.store
        )

    @property
    def loki(self) -> str:
        return self.config.dependencies.get("loki", "")

    def scores(self, project: LangfuseProject) -> Reading:
        notes, report = ProgressNotes(self.notes, project.name), LangfuseReport(project.name, self.store)
        return Reading(
            _SCORES,
            PagedApi(project, self.client, self.config.folder, SCORES),
            ScoreTaking(TraceOrigins(self.loki_client, self.loki), notes, self.sender, report),
            notes=notes,
            report=report,
            patience=Patience("Langfuse"),
        )

    def observations(self, project: LangfuseProject) -> Reading:
        notes = ProgressNotes(self.notes, f"observations of {project.name}")
        report = LangfuseReport(project.name, self.store)
        config = self.config
        with_texts = config.file.privacy.capture != "metadata"
        intake = ExporterIntake(self.client, config.exporter_url, config.file.access.own_token_file, config.folder)
        return Reading(
            _OBSERVATIONS,
            PagedApi(project, self.client, config.folder, OBSERVATIONS_WITH_TEXTS if with_texts else OBSERVATIONS),
            ObservationTaking(TracesHere(self.loki_client, self.loki), notes, intake, report, with_texts=with_texts),
            notes=notes,
            report=report,
            patience=Patience("Langfuse"),
        )

    def costs(self, project: LangfuseProject) -> Reading:
        report = LangfuseReport(project.name, self.store)
        return Reading(
            _COSTS,
            PagedApi(project, self.client, self.config.folder, COSTS),
            CostComparison(CallsHere(self.loki_client, self.loki), report),
            notes=ProgressNotes(self.notes, f"costs of {project.name}"),
            report=report,
            patience=Patience("Langfuse"),
        )

    def queues(self, project: LangfuseProject) -> QueueReading:
        report = LangfuseReport(project.name, self.store)
        return QueueReading(project, self.client, self.config.folder, report=report, patience=Patience("Langfuse"))

    def writing(self, project: LangfuseProject, verdicts: Verdicts) -> LineWriting[Verdict]:
        scored_here = frozenset(_scored_here(self.config.file.evaluators))
        notes = ProgressNotes(self.notes, f"verdicts for {project.name}")
        report = LangfuseReport(project.name, self.store)
        return LineWriting(
            verdict_lines(self.loki_client, self.loki, verdicts.services, scored_here),
            VerdictWriter(verdicts.queue, self.writes(project), notes=notes, report=report),
            notes=notes,
            report=report,
            patience=Patience("Langfuse"),
        )

    def alerts(self, project: LangfuseProject, services: Sequence[str]) -> LineWriting[AlertLine]:
        report = LangfuseReport(project.name, self.store)
        return LineWriting(
            Lines(self.loki_client, self.loki, QUERY, lambda text: read_alert(text, services)),
            AlertWriter(self.writes(project), report),
            notes=ProgressNotes(self.notes, f"alerts for {project.name}"),
            report=report,
            patience=Patience("Langfuse"),
        )

    def writes(self, project: LangfuseProject) -> WritesApi:
        return WritesApi(project, self.client, self.config.folder)


def _scored_here(evaluators: Evaluators) -> Iterator[str]:
    """The names of what judges of this stack score."""
    for evaluator in evaluators.sets:
        yield evaluator.name
        yield from (criterion.name for criterion in evaluator.criteria)
