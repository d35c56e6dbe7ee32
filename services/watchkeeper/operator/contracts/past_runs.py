"""The runs of the past, asked of Loki."""

import json

import httpx

from watchkeeper.contracts.lines import read_run
from watchkeeper.engines.past_lines import past_lines
from watchkeeper.model import Trace

MOST_RUNS = 50_000


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
        url = str(self._client.base_url).rstrip("/")
        for _, line in past_lines(self._client, url, query, (self._start_ns, self._end_ns)):
            run = read_run(line)
            if run is None:
                self.unread += 1
            elif agent in ("", run.context.agent):
                found.append(run)
            if len(found) >= MOST_RUNS:
                break
        return found


def _named(agent: str) -> str:
    """How an agent's name is spelled on a line."""
    return f'"agent":{json.dumps(agent, ensure_ascii=False)}'
