"""Answers that wait for judges: those of new log lines that evaluators choose, in a bounded queue."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.analyzer.judge.item import Item, Skip, is_chosen
from watchkeeper.analyzer.judge.lines import MOST_LINES, CallLines, Line
from watchkeeper.analyzer.judge.panel import Panel
from watchkeeper.analyzer.rubric.question import placeholders

MAX_WAITING = 500
_SECOND_NS = 10**9
# Promtail and Loki need some seconds; a line that is later still than the second number is not seen.
_SETTLED_NS = 10 * _SECOND_NS
_OVERLAP_NS = 60 * _SECOND_NS
# What a judge that is new begins with.
_FIRST_NS = 300 * _SECOND_NS
_MAX_SEEN = 20_000
# Of each run: 160 calls a second. What is left is read by the next ones.
_MOST_PAGES = 20

OnSkip = Callable[[str, Skip], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One answer for one panel; ``time_ns`` is that of its line."""

    panel: Panel
    item: Item
    time_ns: int


class AnswerQueue:
    """What waits, the oldest first."""

    def __init__(self, panels: Sequence[Panel], lines: CallLines, on_skip: OnSkip) -> None:
        self._panels = panels
        self._lines = lines
        self._on_skip = on_skip
        self._cursor_ns = 0
        self._overlap_ns = 0
        self._seen: dict[str, None] = {}
        self._wants_context = any(
            "context" in placeholders(criterion.rubric) for panel in panels for criterion in panel.evaluator.criteria
        )
        self.waiting: deque[Waiting] = deque()

    @property
    def has_begun(self) -> bool:
        """Whether it knows where to read."""
        return self._cursor_ns > 0

    def begin_at(self, time_ns: int) -> None:
        """Read from there on."""
        self._cursor_ns = time_ns

    @property
    def unread_ns(self) -> int:
        """Where someone who takes over must begin to read: at the oldest that waits, else at what is not read."""
        return min((one.time_ns for one in self.waiting), default=self._cursor_ns)

    async def read(self, now_ns: int) -> None:
        """Take in the lines since the last time.

        Raises: JobError when Loki cannot be asked; nothing is skipped then.
        """
        for _ in range(_MOST_PAGES):
            has_more = await self._read_page(now_ns)
            if not has_more or len(self.waiting) >= MAX_WAITING:
                return

    async def _read_page(self, now_ns: int) -> bool:
        """Take in the lines that one answer holds; whether there may be more, which go on where these ended."""
        end = now_ns - _SETTLED_NS
        start = (self._cursor_ns or now_ns - _FIRST_NS) - self._overlap_ns
        found = await self._lines.calls(start, end)
        documents = await self._lines.documents(start, end) if self._wants_context and found else {}
        for time_ns, line in found:
            self._take(time_ns, line, documents)
        has_more = len(found) >= MOST_LINES
        self._cursor_ns = found[-1][0] if has_more else end
        self._overlap_ns = 0 if has_more else _OVERLAP_NS
        return has_more

    def _take(self, time_ns: int, line: Line, documents: Mapping[str, str]) -> None:
        item = Item(line=line, context=documents.get(str(line.get("trace_id", "")), ""))
        if item.key in self._seen:
            return
        self._seen[item.key] = None
        if len(self._seen) > _MAX_SEEN:
            del self._seen[next(iter(self._seen))]
        for panel in self._panels:
            if is_chosen(panel.evaluator, line):
                self._put(Waiting(panel=panel, item=item, time_ns=time_ns))

    def _put(self, one: Waiting) -> None:
        if (reason := self._reason(one)) is not None:
            self._on_skip(one.panel.evaluator.name, reason)
            return
        self.waiting.append(one)

    def _reason(self, one: Waiting) -> Skip | None:
        if not one.item.is_captured:
            return Skip.NOT_CAPTURED
        rubrics = (criterion.rubric for criterion in one.panel.evaluator.criteria)
        if one.item.is_cut:
            return Skip.CUT
        if not one.item.context and any("context" in placeholders(rubric) for rubric in rubrics):
            return Skip.NO_CONTEXT
        return Skip.QUEUE_FULL if len(self.waiting) >= MAX_WAITING else None
