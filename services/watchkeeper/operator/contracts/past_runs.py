"""The runs of the past, asked of Loki."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from watchkeeper.contracts.lines import read_run
from watchkeeper.engines.asking import asked
from watchkeeper.model import Trace

# Loki answers with at most 5 000 lines (max_entries_limit_per_query).
_LINES = 5_000
MOST_RUNS = 50_000
_DAY_NS = 86_400 * 10**9


class PastRuns:
    """The traces that were evaluated between two moments (nanoseconds since the Unix epoch), the newest first.

    ``unread`` counts lines of exporters that did not yet say which tools ran.
    """

    def __init__(self, client: httpx.Client, start_ns: int, end_ns: int) -> None:
        self._client = client
        self._start_ns, self._end_ns = start_ns, end_ns
        self.unread = 0

    def of(self, agent: str = "") -> list[Trace]:
        """At most ``MOST_RUNS`` runs of an agent, or of all.

        Raises: EngineError when Loki does not answer.
        """
        selector = '{event="trace_completed"}'
        query = f"{selector} |= {json.dumps(_named(agent))}" if agent else selector
        found: list[Trace] = []
        for line in self._lines(query):
            run = read_run(line)
            if run is None:
                self.unread += 1
            elif agent in ("", run.context.agent):
                found.append(run)
            if len(found) >= MOST_RUNS:
                break
        return found

    def _lines(self, query: str) -> Iterator[str]:
        """Day by day, because Loki refuses to look at too much at once; a full page is followed by an older one."""
        end_ns = self._end_ns
        while end_ns > self._start_ns:
            start_ns = max(self._start_ns, end_ns - _DAY_NS)
            page = self._page(query, start_ns, end_ns)
            yield from (line for _, line in page)
            # No two lines have the same time: what is older than the last of a full page comes next.
            end_ns = page[-1][0] if len(page) == _LINES else start_ns

    def _page(self, query: str, start_ns: int, end_ns: int) -> list[tuple[int, str]]:
        asked: dict[str, str | int] = {
            "query": query,
            "start": start_ns,
            "end": end_ns,
            "limit": _LINES,
            "direction": "backward",
        }
        streams = self._ask("/loki/api/v1/query_range", asked)["result"]
        entries = [(int(time), line) for stream in streams for time, line in stream["values"]]
        return sorted(entries, reverse=True)

    def _ask(self, path: str, parameters: Mapping[str, str | int]) -> Any:
        return asked("Loki", self._client.get, str(self._client.base_url).rstrip("/"), path, params=dict(parameters))


def _named(agent: str) -> str:
    """How an agent's name is spelled on a line."""
    return f'"agent":{json.dumps(agent, ensure_ascii=False)}'
