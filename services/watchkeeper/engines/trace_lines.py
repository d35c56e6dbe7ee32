"""The lines of one trace, or of one session, asked of Loki: bounded, and with how many are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.engines.fact_lines import EVENTS, FactLine, read_line
from watchkeeper.engines.log_lines import Page, log_lines
from watchkeeper.engines.logql import quoted
from watchkeeper.engines.vectors import vector_of
from watchkeeper.errors import EngineError

_HOUR = 3600.0
# Most traces are looked at soon: days of lines are read where the last hours have none. A trace is evaluated after six
# hours at the latest.
_SOON_SECONDS = 12 * _HOUR
# Loki keeps 31 days, and splits a search into one for each hour: 5 s for a week, and 30 s for a month where nothing is
# found and the machine is busy.
WEEK_DAYS, MONTH_DAYS = 7, 31
_NANOSECONDS = 1_000_000_000
# What is said of a trace when it is over: few lines, that must not be among those left out.
_LAST = ("trace_completed", "silent_failure_detected", "score_recorded", "evaluation_failed", "feedback_received")
_MOST_LAST = 200
# What a trace is made of; all else is said about it, maybe days later.
_WORK = ("llm_call_completed", "tool_call_completed", "retrieval_completed", "agent_step_completed", "trace_completed")
_LONGEST_ID = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whose lines: ``label`` is trace_id or session_id, ``tenant`` the only one whose lines count; empty means all."""

    label: str
    value: str
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The lines in no order; ``left_out`` is how many more there are."""

    lines: Sequence[FactLine]
    left_out: int = 0


_Entry = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    start: float
    end: float


def is_id(text: str) -> bool:
    """Whether a text can be the id of something: whatever applications send, but not without end."""
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


class TraceLines:
    """Asks the Loki at a base URL; every method raises EngineError, with a sentence, when it gives no answer."""

    def __init__(self, client: httpx.Client, url: str, answer_seconds: float) -> None:
        self._client = client
        self._url = url
        self._seconds = answer_seconds

    def of(self, sought: Sought, now: float, most: int, back_days: int = WEEK_DAYS) -> Found:
        """The first ``most`` lines of a trace, or the last of a session, of so many days back."""
        is_forward = sought.label == "trace_id"
        whole = back_days * 24 * _HOUR
        for back in (_SOON_SECONDS, whole):
            window = _Window(start=now - back, end=now)
            entries = self._page(_query(sought, EVENTS), window, most, is_forward=is_forward)
            is_whole = _is_whole(entries, (now - back / 2) * _NANOSECONDS)
            if is_whole or (entries and back == whole):
                return self._found(sought, entries, window, most)
        return Found(lines=())

    def _found(self, sought: Sought, entries: set[_Entry], window: _Window, most: int) -> Found:
        """The lines; where there are more than ``most``, with those of its end and with how many are left out."""
        left_out = 0
        if len(entries) >= most:
            entries |= self._page(_query(sought, _LAST), window, _MOST_LAST)
            left_out = max(0, self._count(sought, window) - len(entries))
        lines = (read_line(text) for _, text in sorted(entries))
        # Loki was asked for no others; that a tenant sees no other's lines rests on more than a query.
        own = [line for line in lines if line and (not sought.tenant or line.tenant == sought.tenant)]
        return Found(lines=own, left_out=left_out)

    def _page(self, query: str, window: _Window, most: int, *, is_forward: bool = False) -> set[_Entry]:
        start_ns, end_ns = round(window.start * _NANOSECONDS), round(window.end * _NANOSECONDS)
        page = Page(query=query, start_ns=start_ns, end_ns=end_ns, most=most, is_forward=is_forward)
        return set(log_lines(self._client, self._url, page, timeout=self._seconds))

    def _count(self, sought: Sought, window: _Window) -> int:
        seconds = round(window.end - window.start)
        query = f"sum(count_over_time({_query(sought, EVENTS)} [{seconds}s]))"
        parameters = {"query": query, "time": str(round(window.end * _NANOSECONDS))}
        path = "/loki/api/v1/query"
        answer = asked("Loki", self._client.get, self._url, path, params=parameters, timeout=self._seconds)
        try:
            return sum(int(float(one.value[1])) for one in vector_of(answer))
        except (ValueError, OverflowError) as error:
            raise EngineError("Loki answers with what is no number of lines") from error


def _is_whole(entries: set[_Entry], half_ns: float) -> bool:
    """Whether no older lines are to be expected: all are newer than half of what was searched, and not just scores."""
    lines = [line for _, text in entries if (line := read_line(text))]
    has_work = any(line.event in _WORK for line in lines)
    return has_work and min(at for at, _ in entries) > half_ns


def _query(sought: Sought, events: Sequence[str]) -> str:
    pairs = [(sought.label, sought.value), *([("tenant", sought.tenant)] if sought.tenant else [])]
    filters = "".join(f" | {label}={quoted(value)}" for label, value in pairs)
    return f'{{event=~"{"|".join(events)}"}}{filters}'
