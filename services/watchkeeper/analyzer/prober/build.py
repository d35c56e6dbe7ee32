"""The canaries and golden queries of watchkeeper.yml, ready to run."""

from pathlib import Path

import httpx

from watchkeeper.analyzer.endpoints.models import ModelEndpoint
from watchkeeper.analyzer.endpoints.services import ApplicationEndpoint, SearchEndpoint
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.notes.notes import Notes
from watchkeeper.analyzer.prober.canary import CanaryRunner, Target
from watchkeeper.analyzer.prober.cause import Targets
from watchkeeper.analyzer.prober.golden import GoldenReport, GoldenRunner
from watchkeeper.analyzer.prober.prober import Prober
from watchkeeper.analyzer.prober.report import CanaryReport
from watchkeeper.config.canaries import Canary
from watchkeeper.config.schema import ConfigFile
from watchkeeper.metrics.store import MetricStore

_LIMIT = "LLMCanaryFailing"


def build_prober(
    file: ConfigFile, folder: Path, client: httpx.AsyncClient, *, store: MetricStore, notes: Notes, sender: EventSender
) -> Prober:
    """Build it; ``folder`` is where relative paths in watchkeeper.yml begin."""
    models = {model.name: ModelEndpoint(model, client, folder) for model in file.models}
    targets = {
        name: Target(name=name, ask=endpoint.ask, definition=endpoint.model.model_dump_json(exclude={"key_file"}))
        for name, endpoint in models.items()
    } | {
        item.name: Target(
            name=item.name,
            ask=ApplicationEndpoint(item, client, folder).ask,
            definition=item.model_dump_json(exclude={"headers_file", "model"}),
        )
        for item in file.canaries.applications
    }
    model_of = {item.name: item.model for item in file.canaries.applications if item.model}
    limit = file.alerts[_LIMIT].default or 0.0

    def runner(canary: Canary) -> CanaryRunner:
        judge = models[canary.expect.judge].ask if canary.expect.judge else None
        roles = Targets(models=frozenset(models) & frozenset(canary.targets), model_of=model_of)
        chosen = [targets[name] for name in canary.targets]
        return CanaryRunner(canary, chosen, roles, notes=notes, limit=limit, judge=judge)

    return Prober(
        canaries={canary.name: runner(canary) for canary in file.canaries.prompts},
        searches={
            search.name: GoldenRunner(search, SearchEndpoint(search, client, folder).find)
            for search in file.canaries.searches
        },
        canary_report=CanaryReport(store, {model.name: model for model in file.models}),
        golden_report=GoldenReport(store),
        sender=sender,
    )
