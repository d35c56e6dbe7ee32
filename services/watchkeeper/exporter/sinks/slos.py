"""Counts good and bad events of service level objectives, and exports the objectives."""

from collections.abc import Sequence
from functools import lru_cache

from watchkeeper.config.slos import Slo
from watchkeeper.exporter.watch.slo import applies_to, call_evaluators, evaluate_score
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context, Fact, LlmCall, Score

_OUTCOME = {True: "good", False: "bad"}
_SERVICES = 4096


class SloSink:
    """Evaluates every call and score by the objectives of its service.

    Both outcomes of an objective exist from its first event on, so that no failures are 0 and not nothing.
    """

    def __init__(self, slos: Sequence[Slo], store: MetricStore, admission: LabelAdmission) -> None:
        self._slos = {slo.name: slo for slo in slos}
        self._quality = tuple(slo for slo in slos if slo.kind == "quality")
        self._store = store
        self._events = store.families["llm_slo_events_total"]
        self._owner_of = admission.owner
        self._evaluators_of = lru_cache(maxsize=_SERVICES)(lambda service: call_evaluators(slos, service))
        self._begun: set[tuple[str, str, str]] = set()

    def start(self, services: Sequence[str]) -> None:
        """Report the thresholds and the objectives of known services; forget objectives that are gone."""
        for values in [values for values in self._events.series if values[0] not in self._slos]:
            self._events.drop(values)
        for slo in self._slos.values():
            if slo.threshold is not None:
                self._store.families["llm_slo_threshold"].set((slo.name, slo.kind), slo.threshold)
            for service in services:
                if applies_to(slo, service):
                    self._set_objective(slo.name, service)
            self._set_objective(slo.name, OTHER)

    def take(self, fact: Fact, now: float) -> None:
        """Evaluate one fact; ``now`` is the time of arrival in Unix seconds."""
        if isinstance(fact, LlmCall):
            for name, evaluate in self._evaluators_of(fact.context.service):
                is_good = evaluate(fact)
                if is_good is not None:
                    self._count(name, fact.context, now, is_good=is_good)
        elif isinstance(fact, Score):
            for slo in self._quality:
                is_good = evaluate_score(slo, fact)
                if is_good is not None:
                    self._count(slo.name, fact.context, now, is_good=is_good)

    def _count(self, name: str, context: Context, now: float, *, is_good: bool) -> None:
        owned = (name, *self._owner_of(context.service, context.team))
        if owned not in self._begun:
            self._begin(owned, now)
        self._events.add((*owned, _OUTCOME[is_good]), 1, now)

    def _begin(self, owned: tuple[str, str, str], now: float) -> None:
        self._begun.add(owned)
        self._set_objective(*owned[:2])
        for outcome in _OUTCOME.values():
            self._events.add((*owned, outcome), 0, now)

    def forget_service(self, service: str) -> None:
        """End the series of a service that is gone."""
        self._begun = {owned for owned in self._begun if owned[1] != service}
        objectives = self._store.families["llm_slo_objective_ratio"]
        for family, place in ((self._events, 1), (objectives, 2)):
            for values in [values for values in family.series if values[place] == service]:
                family.drop(values)

    def _set_objective(self, name: str, service: str) -> None:
        slo = self._slos[name]
        self._store.families["llm_slo_objective_ratio"].set((name, slo.kind, service), slo.objective)
