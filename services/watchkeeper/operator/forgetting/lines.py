"""The lines of Loki that are to be forgotten: found, counted, and asked to be deleted."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from watchkeeper.engines.deletions import ask_to_delete
from watchkeeper.engines.past_lines import past_lines
from watchkeeper.operator.forgetting.whose import TRACE, Holding, Whose

_NANOSECONDS = 1_000_000_000
# A trace is evaluated after six hours at the latest: what belongs to it is not older than that.
_TRACE_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many lines, since when (Unix seconds), the queries that find them, and how a single line is told."""

    lines: int
    since: float
    queries: tuple[str, ...]
    holding: Holding


def find(client: httpx.Client, url: str, whose: Whose, span: tuple[float, float]) -> Found:
    """Look for their lines between two moments in Unix seconds.

    Raises: EngineError when Loki does not answer.
    """
    queries, times = [], list[int]()
    traces: dict[str, set[str]] = {label: set() for label in whose.ids if label != TRACE}
    for label, query in whose.queries():
        queries.append(query)
        for at, trace in _lines(client, url, query, span):
            times.append(at)
            if label in traces and trace:
                traces[label].add(trace)
    span = (max(span[0], min(times, default=0) / _NANOSECONDS - _TRACE_SECONDS), span[1])
    for label, found in traces.items():
        for query in whose.unnamed(label, sorted(found)):
            others = [at for at, _ in _lines(client, url, query, span)]
            times += others
            queries += [query] * bool(others)
    held = {label: frozenset(found) for label, found in traces.items()}
    return Found(
        lines=len(times),
        since=min(times, default=0) / _NANOSECONDS,
        queries=tuple(queries) if times else (),
        holding=Holding(whose=whose, traces=held),
    )


def delete(client: httpx.Client, url: str, found: Found) -> list[str]:
    """Ask Loki to delete them; the ids of the requests. Raises: EngineError when it refuses."""
    return [ask_to_delete(client, url, query, found.since - 1) for query in found.queries]


def _lines(client: httpx.Client, url: str, query: str, span: tuple[float, float]) -> Iterator[tuple[int, str]]:
    """When each line was written, and of which trace it is: nothing of what it says is fetched."""
    span_ns = (int(span[0] * _NANOSECONDS), int(span[1] * _NANOSECONDS))
    return past_lines(client, url, f'{query} | line_format "{{{{.{TRACE}}}}}"', span_ns)
