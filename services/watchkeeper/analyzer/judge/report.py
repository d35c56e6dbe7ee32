"""What judges did, as metrics and lines; the scores themselves go to the exporter."""

import time
from collections.abc import Callable, Sequence

import structlog

from watchkeeper.analyzer.judge.agreement import Agreement
from watchkeeper.analyzer.judge.item import Item, Skip
from watchkeeper.analyzer.judge.panel import CriterionResult
from watchkeeper.config.evaluators import Evaluator
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()


class JudgeReport:
    """Sets the metrics of judges."""

    def __init__(self, store: MetricStore, clock: Callable[[], float] = time.time) -> None:
        self._families = store.families
        self._clock = clock
        self._agreements: dict[tuple[str, str], Agreement] = {}
        self._spent_day = ""

    def take(self, evaluator: Evaluator, item: Item, results: Sequence[CriterionResult]) -> None:
        """Compare what judges said of one answer."""
        for result in results:
            if result.verdict is not None and len(result.by_judge) > 1:
                self._compare((evaluator.name, result.criterion.name), item, result)

    def skipped(self, evaluator: str, reason: Skip) -> None:
        """Count an answer that was chosen and is not scored."""
        self._families["llm_judge_skipped_total"].add((evaluator, reason.value), 1, self._clock())

    def budget_spent(self, sentence: str) -> None:
        """Say once a day that judges stopped."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))
        if day != self._spent_day:
            self._spent_day = day
            log.warning("judge_budget_spent", reason=sentence)

    def waits(self, answers: int) -> None:
        """Say how many answers wait."""
        self._families["llm_judge_queue_entries"].set((), answers)

    def _compare(self, labels: tuple[str, str], item: Item, result: CriterionResult) -> None:
        agreement = self._agreements.setdefault(labels, Agreement(result.criterion))
        agreement.take(result.by_judge)
        alpha = agreement.alpha()
        if alpha is not None:
            self._families["llm_judge_agreement_score"].set(labels, alpha)
        if result.is_disputed:
            self._families["llm_judge_disagreements_total"].add(labels, 1, self._clock())
            log.info(
                "judges_disagreed",
                evaluator=labels[0],
                criterion=labels[1],
                trace_id=item.line.get("trace_id", ""),
                verdicts=[one.category or round(one.value or 0.0, 4) for one in result.by_judge],
            )
