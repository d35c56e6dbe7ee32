"""What is known of a bill, as metrics and log lines."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import structlog

from watchkeeper.analyzer.bills.compared import ComparedDay, Sides, largest, together
from watchkeeper.analyzer.bills.difference import sentence
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# Of each provider, the rest is other.
_MOST_MODELS = 20
_NO_DIFFERENCE = Decimal("0.000001")


class BillReport:
    """The samples and lines of one provider."""

    def __init__(self, provider: str, store: MetricStore) -> None:
        self._provider = provider
        self._families = store.families
        self._logged: dict[date, tuple[Sides, bool]] = {}

    def requested(self, outcome: str) -> None:
        """Count a request: ok, or the kind of its error."""
        self._families["watchkeeper_bill_requests_total"].add((self._provider, outcome), 1, time.time())

    def read(self, lines: Mapping[str, int]) -> None:
        """Count lines of an answer by what became of them."""
        for outcome, count in lines.items():
            if count:
                self._families["watchkeeper_bill_lines_total"].add((self._provider, outcome), count, time.time())

    def compared(self, month: Sequence[ComparedDay]) -> None:
        """Show the last final day and its month, in the order of days; nothing where none could be compared."""
        for name in ("llm_billed_dollars", "llm_billed_estimate_dollars", "llm_billed_difference_info"):
            self._families[name].drop_if(lambda values: values[0] == self._provider)
        day = self._families["llm_billed_day_timestamp_seconds"]
        day.drop((self._provider,))
        if not month:
            return
        last = month[-1]
        day.set((self._provider,), datetime(last.day.year, last.day.month, last.day.day, tzinfo=UTC).timestamp())
        self._show("day", last.models)
        self._show("month", together(month))
        self._families["llm_billed_difference_info"].set((self._provider, sentence(last, month)), 1.0)

    def days(self, days: Sequence[ComparedDay], final: date) -> None:
        """Write a line for each day that is new, has become final or was corrected; ``final`` is the last final day."""
        for one in days:
            sides, is_final = one.whole, one.day <= final
            known = self._logged.get(one.day)
            if known and known[1] == is_final and abs(known[0].billed - sides.billed) < _NO_DIFFERENCE:
                continue
            self._logged[one.day] = sides, is_final
            is_correction = bool(known and known[1])
            self._log(one, is_final=is_final, is_correction=is_correction)
        for gone in self._logged.keys() - {one.day for one in days}:
            del self._logged[gone]

    def _show(self, period: str, models: Mapping[str, Sides]) -> None:
        for model, sides in largest(models, _MOST_MODELS).items():
            labels = (self._provider, model, period)
            self._families["llm_billed_dollars"].set(labels, float(sides.billed))
            self._families["llm_billed_estimate_dollars"].set(labels, float(sides.estimated))

    def _log(self, one: ComparedDay, *, is_final: bool, is_correction: bool) -> None:
        log.info(
            "provider_bill_compared",
            provider=self._provider,
            day=one.day.isoformat(),
            billed_usd=float(one.whole.billed),
            estimated_usd=float(one.whole.estimated),
            unpriced_calls=one.unpriced,
            is_final=is_final,
            is_correction=is_correction,
        )
