"""What Prometheus and Loki know of the versions of a service: sums of all calls, and lines of the last ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import httpx

from watchkeeper.engines.amounts import selector
from watchkeeper.engines.fact_lines import FactLine, read_line
from watchkeeper.engines.history import Series, Span, over_time
from watchkeeper.engines.logql import quoted
from watchkeeper.engines.past_lines import past_lines
from watchkeeper.engines.windows import PastCalls, Window
from watchkeeper.explain.samples import Sample
from watchkeeper.operator.versions.register import Change, read_change

_NANOSECONDS = 1_000_000_000
# Of each version the last calls: of more the intervals are hardly narrower, and a million lines take minutes.
MOST_CALLS = 5_000
# Tools, reviews and scores of these calls, among those of other versions that ran at the same time.
_MOST_OTHERS = 50_000
# People review, and judges score, within a day.
_LATE_SECONDS = 86_400.0
_MOST_CHANGES = 5_000
_OTHERS = "tool_call_completed|human_review_recorded|score_recorded"
_CHANGES = "deployment_recorded|prompt_version_seen|model_seen"
# Points of a graph of when there were calls: a month in steps of an hour and a half.
_POINTS = 500
_AMOUNTS = ("requests", "tokens", "cost", "scores", "score_sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a prompt of a service."""

    service: str
    prompt: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a version by their times; ``is_cut`` says that the version has older calls in the window."""

    lines: dict[int, FactLine]
    is_cut: bool


class Engines:
    """Both engines by their base URLs; every method raises EngineError when one does not answer."""

    def __init__(self, client: httpx.Client, prometheus_url: str, loki_url: str, answer_seconds: float) -> None:
        self._client = client
        self._prometheus = prometheus_url
        self._loki = loki_url
        self._seconds = answer_seconds

    def amounts(self, window: Window, services: Sequence[str]) -> list[Sample]:
        """Calls, tokens, dollars and scores per hour."""
        past = PastCalls(self._client, self._prometheus, self._seconds)
        return list(past.window(_AMOUNTS, window, services))

    def calls_over_time(self, window: Window, services: Sequence[str]) -> tuple[list[Series], int]:
        """Calls by service, prompt, version and model over time, and the seconds between two points."""
        step = max(60, round((window.end - window.start) / _POINTS))
        labels = "service, prompt, prompt_version, model"
        query = f"sum by ({labels}) (increase(llm_requests_total{{{selector(services)}}}[{step}s] anchored)) > 0"
        span = Span(start=window.start + step, end=window.end, step_seconds=step)
        return over_time(self._client, self._prometheus, query, span, self._seconds), step

    def changes(self, window: Window, services: Sequence[str]) -> list[Change]:
        """What was announced, or seen for the first time; the newest first."""
        own = selector(services) or 'service=~".+"'
        found = self._lines(f'{{event=~"{_CHANGES}", {own}}}', window)
        return [change for _, text in islice(found, _MOST_CHANGES) if (change := read_change(text))]

    def lines(self, version: Version, window: Window) -> Lines:
        """The last calls of a version, with the tools, reviews and scores of their service until a day after."""
        calls = list(islice(self._calls(version, window), MOST_CALLS))
        if not calls:
            return Lines(lines={}, is_cut=False)
        last = min(window.end, calls[0][0] / _NANOSECONDS + _LATE_SECONDS)
        since = Window(start=calls[-1][0] / _NANOSECONDS, end=last)
        query = f'{{event=~"{_OTHERS}", service={quoted(version.service)}}}'
        others = list(islice(self._facts(query, since), _MOST_OTHERS))
        # Calls from before the first of these would look as if they had no tools.
        first = others[-1][0] if len(others) == _MOST_OTHERS else 0
        kept = {at: line for at, line in calls if at >= first}
        is_cut = len(calls) == MOST_CALLS or len(kept) < len(calls)
        return Lines(lines=kept | dict(others), is_cut=is_cut)

    def _calls(self, version: Version, window: Window) -> Iterator[tuple[int, FactLine]]:
        query = (
            f'{{event="llm_call_completed", service={quoted(version.service)}}}'
            f" | prompt={quoted(version.prompt)} | prompt_version={quoted(version.version)}"
        )
        return self._facts(query, window)

    def _facts(self, query: str, window: Window) -> Iterator[tuple[int, FactLine]]:
        return ((at, line) for at, text in self._lines(query, window) if (line := read_line(text)))

    def _lines(self, query: str, window: Window) -> Iterator[tuple[int, str]]:
        span = (round(window.start * _NANOSECONDS), round(window.end * _NANOSECONDS))
        return past_lines(self._client, self._loki, query, span)
