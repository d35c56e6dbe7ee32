"""Reading one bill again and again: the days of this month and the last week, because providers correct days later."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

from watchkeeper.analyzer.bills.bill_api import BillApi
from watchkeeper.analyzer.bills.billed import BilledDay
from watchkeeper.analyzer.bills.compared import ComparedDay, compare
from watchkeeper.analyzer.bills.estimate import Estimates
from watchkeeper.analyzer.bills.report import BillReport
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.config.provider_bills import ProviderBill
from watchkeeper.errors import EndpointError, EngineError, JobError

_DAY = timedelta(days=1)
_READ_AGAIN = timedelta(days=7)
# Nothing new is asked of the provider, or of Prometheus, after so long; the job has twice as long.
_BEGIN_SECONDS = 50.0
# A week each: more than any month and a week.
_MOST_PAGES = 20


class BillReading:
    """Compares one bill with the estimate; ``clock`` gives Unix seconds."""

    def __init__(
        self,
        bill: ProviderBill,
        api: BillApi,
        estimates: Estimates,
        *,
        report: BillReport,
        patience: Patience,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bill = bill
        self._api = api
        self._estimates = estimates
        self._report = report
        self._patience = patience
        self._clock = clock

    async def run(self) -> None:
        """Read and compare. Raises: JobError when one side does not answer; what was known stays."""
        self._patience.check()
        try:
            final, today = self._last_final_day(), self._day(self._clock())
            first = min(final.replace(day=1), today - _READ_AGAIN)
            billed = await self._read(first, today, time.monotonic() + _BEGIN_SECONDS)
            days = await in_thread(partial(self._compared, billed))
        except (EndpointError, EngineError) as error:
            raise JobError(f"bill of {self._bill.provider}: {error}") from error
        self._report.days(days, final)
        self._report.compared([one for one in days if final.replace(day=1) <= one.day <= final])

    async def _read(self, first: date, end: date, deadline: float) -> list[BilledDay]:
        """Every day, or none: half a bill is no bill. Raises: EndpointError."""
        days: dict[date, BilledDay] = {}
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._patience.asked(
                partial(self._api.page, first, end, cursor), deadline, self._report.requested
            )
            self._report.read(page.lines)
            if any(one.day in days for one in page.days) or len({one.day for one in page.days}) < len(page.days):
                raise EndpointError("invalid_answer", "the bill has a day twice")
            days |= {one.day: one for one in page.days if first <= one.day < end}
            cursor = page.following
            if not cursor:
                return [days[day] for day in sorted(days)]
        raise EndpointError("invalid_answer", f"the bill has more than {_MOST_PAGES} pages")

    def _compared(self, billed: list[BilledDay]) -> list[ComparedDay]:
        """The days that both sides know, the oldest first; those are asked for first that count most."""
        whole = {one.day: one for one in billed if one.is_whole}
        newest_first = sorted(whole, reverse=True)
        estimates = self._estimates.of_days(newest_first, time.monotonic() + _BEGIN_SECONDS)
        return [compare(self._bill, whole[day], estimates[day]) for day in sorted(estimates)]

    def _last_final_day(self) -> date:
        """The last day that has been over for as long as corrections are usual."""
        return self._day(self._clock() - self._bill.final_after_hours * 3600.0) - _DAY

    @staticmethod
    def _day(seconds: float) -> date:
        return datetime.fromtimestamp(seconds, UTC).date()
