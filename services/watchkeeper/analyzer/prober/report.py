"""What canaries found, as metrics, as lines, and as the calls that they cost."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from watchkeeper.analyzer.endpoints.answer import Answer
from watchkeeper.analyzer.endpoints.bill import call_event
from watchkeeper.analyzer.prober.cause import Cause
from watchkeeper.analyzer.prober.result import CanaryResult, TargetResult
from watchkeeper.config.endpoints import Model
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# Whose calls they are on dashboards and bills.
SERVICE = "watchkeeper-canaries"
# What a metric says of a target that answered; without an answer it says nothing.
_OF_ANSWERS = ("llm_canary_score", "llm_canary_similarity_ratio", "llm_canary_duration_seconds")


class CanaryReport:
    """Sets the metrics of canaries; ``models`` are those that Watchkeeper asks itself, by name."""

    def __init__(self, store: MetricStore, models: Mapping[str, Model], clock: Callable[[], float] = time.time) -> None:
        self._families = store.families
        self._models = models
        self._clock = clock

    def expect(self, canary: str, target: str, interval_seconds: float) -> None:
        """Say how often a target is asked, from before it was asked first."""
        self._families["llm_canary_interval_seconds"].set((canary, target), interval_seconds)

    def take(self, result: CanaryResult) -> list[dict[str, Any]]:
        """Report one run; returns the model calls that it made, as events for the exporter."""
        now = self._clock()
        for one in result.targets:
            labels = (result.canary, one.target)
            self._clear(labels)
            if one.score is None:
                self._families["llm_canary_failures_total"].add((*labels, one.error_type), 1, now)
                log.warning("canary_failed", canary=labels[0], target=one.target, error_type=one.error_type)
                continue
            self._answered(labels, one, now)
        return [event for one in result.targets for event in self._calls(result.canary, one)]

    def _answered(self, labels: tuple[str, str], one: TargetResult, now: float) -> None:
        answers = [graded.answer for graded in one.graded]
        self._families["llm_canary_last_run_timestamp_seconds"].set(labels, now)
        self._set("llm_canary_score", labels, one.score)
        self._set("llm_canary_similarity_ratio", labels, one.similarity)
        self._set("llm_canary_duration_seconds", labels, _mean(answer.duration_seconds for answer in answers))
        for kind in ("input", "output"):
            self._set("llm_canary_tokens", (*labels, kind), _mean(_tokens(answer, kind) for answer in answers))
        for cause in Cause:
            self._families["llm_canary_cause"].set((*labels, cause.value), float(cause is one.cause))
        for what, is_new in one.changes.items():
            self._families["llm_canary_changed"].set((*labels, what), float(is_new))
        self._log(labels, one, answers)

    def _log(self, labels: tuple[str, str], one: TargetResult, answers: list[Answer]) -> None:
        is_bad = one.cause in (Cause.PROVIDER, Cause.APPLICATION, Cause.UNKNOWN)
        log.log(
            30 if is_bad else 20,
            "canary_completed",
            canary=labels[0],
            target=labels[1],
            score=_rounded(one.score),
            similarity=_rounded(one.similarity),
            cause=one.cause.value,
            changed=[what for what, is_new in one.changes.items() if is_new],
            model=answers[0].model,
            fingerprint=answers[0].fingerprint,
            duration_seconds=_rounded(_mean(answer.duration_seconds for answer in answers)),
        )

    def _clear(self, labels: tuple[str, str]) -> None:
        """Forget the last run: what is not known of this one must not look as if it were."""
        for metric in (*_OF_ANSWERS, "llm_canary_tokens", "llm_canary_cause", "llm_canary_changed"):
            self._families[metric].drop_if(lambda values: values[:2] == labels)

    def _set(self, metric: str, labels: tuple[str, ...], value: float | None) -> None:
        if value is not None:
            self._families[metric].set(labels, value)

    def _calls(self, canary: str, one: TargetResult) -> Iterable[dict[str, Any]]:
        """Only of models: an application reports its calls itself."""
        model = self._models.get(one.target)
        if model is not None:
            yield from (call_event(SERVICE, "chat", model, graded.answer, prompt=canary) for graded in one.graded)


def _tokens(answer: Answer, kind: str) -> int | None:
    return answer.input_tokens if kind == "input" else answer.output_tokens


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
