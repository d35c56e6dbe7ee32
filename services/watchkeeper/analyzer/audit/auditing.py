"""Asks one destination again and again for what it acknowledged.

What was delivered is on lines in Loki. How far they are read, and what is not decided, is in a file: whoever is killed
between two writes asks, and counts, at most what one run asked for twice.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from watchkeeper.analyzer.audit.delivered import EVENT, Delivered, read_delivered
from watchkeeper.analyzer.audit.report import AuditReport
from watchkeeper.analyzer.audit.waiting import Progress, Waiting, due
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.kept_file import read_kept, write_kept
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.engines.log_lines import Page, log_lines
from watchkeeper.errors import EndpointError, EngineError, JobError, StateError

_NS = 10**9
_QUERY = f'{{service="watchkeeper", event="{EVENT}"}}'
_LOKI_SECONDS = 20.0
# Two a minute of each exporter: the rest is read by the next run.
_MOST_LINES = 500
# A day of one exporter, in some hundred kilobytes; what is not read stays in Loki.
_MOST_WAITING = 3000
# Items delivered longer ago are not asked for any more, as after an outage of this process.
_MOST_BACK_SECONDS = 6 * 3600.0
_MOST_ASKED = 200
_BEGIN_SECONDS = 60.0
# One item may have a trace that is too large; a row of errors is the destination's.
_MOST_ERRORS = 3


class DeliveredLines:
    """The lines in the Loki at ``url`` about one destination."""

    def __init__(self, client: httpx.Client, url: str, destination: str, signal: str) -> None:
        self._client = client
        self._url = url
        self._about = destination, signal

    def after(self, start_ns: int, end_ns: int) -> tuple[list[Waiting], int]:
        """The items of the first lines, and until when they were read; may block. Raises: EngineError."""
        if not self._url:
            raise EngineError("no Loki is named to this analyzer")
        page = Page(query=_QUERY, start_ns=start_ns, end_ns=end_ns, most=_MOST_LINES, is_forward=True)
        lines = log_lines(self._client, self._url, page, timeout=_LOKI_SECONDS)
        found = (read_delivered(at, text, *self._about) for at, text in lines)
        until = lines[0][0] + 1 if len(lines) >= _MOST_LINES else end_ns
        return [Waiting(item=item) for item in found if item is not None], until


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """How one destination is asked: ``check`` once before the items of a run, ``holds`` for each of them.

    An item is asked for ``after_seconds``, and twice and three times as long after its delivery. Both raise
    EndpointError where there is no answer.
    """

    check: Callable[[], Awaitable[None]]
    holds: Callable[[Delivered], Awaitable[bool]]
    after_seconds: float
    patience: Patience


class Auditing:
    """Audits one destination; ``file`` is where it is noted what is not decided, ``clock`` gives Unix seconds."""

    def __init__(
        self,
        lines: DeliveredLines,
        store: Store,
        *,
        file: Path | None,
        report: AuditReport,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lines = lines
        self._store = store
        self._file = file
        self._report = report
        self._clock = clock
        self._progress: Progress | None = None

    @property
    def after_seconds(self) -> float:
        """How long after its delivery an item is first asked for."""
        return self._store.after_seconds

    async def run(self) -> None:
        """Read what is new, and ask for what is due.

        Raises: JobError when Loki or the destination does not answer, or nothing can be kept; the next run goes on.
        """
        self._store.patience.check()
        try:
            await in_thread(self._read)
            await self._ask()
        except (EngineError, EndpointError, StateError) as error:
            raise JobError(str(error)) from error

    def _read(self) -> None:
        """Take in what was delivered long enough ago: its lines are in Loki by then, however late they came."""
        now = self._clock()
        progress = self._known()
        end_ns = int((now - self._store.after_seconds) * _NS)
        earliest_ns = end_ns - int(_MOST_BACK_SECONDS * _NS)
        start_ns = max(progress.read_until_ns, earliest_ns)
        if start_ns < end_ns and len(progress.waiting) < _MOST_WAITING:
            found, until = self._lines.after(start_ns, end_ns)
            progress = Progress(read_until_ns=until, waiting=(*progress.waiting, *found))
        self._keep(progress)

    async def _ask(self) -> None:
        if not (ready := due(self._known().waiting, self._clock(), self._store.after_seconds)[:_MOST_ASKED]):
            return
        answers: dict[Waiting, Waiting | str] = {}
        try:
            await self._ask_each(ready, answers)
        finally:
            self._settle(answers)

    async def _ask_each(self, ready: list[Waiting], answers: dict[Waiting, Waiting | str]) -> None:
        """Ask for one after the other; what becomes of each goes into ``answers``, whatever happens after it.

        Raises: EndpointError when it is no use to go on.
        """
        deadline = time.monotonic() + _BEGIN_SECONDS
        errors = 0
        try:
            await self._store.check()
        except EndpointError as error:
            answers |= {one: self._unanswered(one, error) for one in ready}
            await self._store.patience.rest(error, deadline)
            return
        for one in ready:
            if time.monotonic() >= deadline:
                return
            try:
                answers[one] = one.after(is_there=await self._store.holds(one.item))
                errors = 0
            except EndpointError as error:
                answers[one] = self._unanswered(one, error)
                errors += 1
                if error.error_type == "rate_limited" or errors >= min(_MOST_ERRORS, len(ready)):
                    await self._store.patience.rest(error, deadline)

    def _unanswered(self, one: Waiting, error: EndpointError) -> Waiting | str:
        return one.after_error(error.error_type, self._clock(), self._store.after_seconds)

    def _settle(self, answers: dict[Waiting, Waiting | str]) -> None:
        """Count what is decided, and keep the rest. Raises: StateError; it is counted once all the same."""
        now_waiting = (answers.get(one, one) for one in self._known().waiting)
        still = tuple(one for one in now_waiting if isinstance(one, Waiting))
        self._report.decided(Counter(one for one in answers.values() if isinstance(one, str)))
        self._keep(msgspec.structs.replace(self._known(), waiting=still))

    def _known(self) -> Progress:
        if self._progress is None:
            self._progress = read_kept(self._file, Progress, Progress(), "forward_audit_forgotten")
        return self._progress

    def _keep(self, progress: Progress) -> None:
        self._progress = progress
        self._report.waiting(len(progress.waiting))
        write_kept(self._file, progress)
