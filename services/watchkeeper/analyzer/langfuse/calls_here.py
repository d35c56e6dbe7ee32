"""The calls of traces as they were counted here, by their lines in Loki."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import httpx

from watchkeeper.engines.fact_lines import FactLine, read_line
from watchkeeper.engines.log_lines import Page, log_lines
from watchkeeper.errors import EngineError

_NS = 10**9
_ANSWER_SECONDS = 20.0
_MOST_LINES = 5_000
# A query of 100 ids has 4 KB, which every proxy lets through.
_TOGETHER = 100
# A line is written when its call has ended; what is taken over from Langfuse has one some minutes later.
_LATER_SECONDS = 3600.0
_CLOCKS_SECONDS = 60.0
# Ids as libraries make them; others would need quotes in a pattern, and are looked up by no one.
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,128}")

# Trace and span.
CallId = tuple[str, str]


class CallsHere:
    """Asks the Loki at ``url``."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def of(self, trace_ids: Iterable[str], start: float, end: float) -> Mapping[CallId, FactLine]:
        """The calls of these traces that began between two moments in Unix seconds; may block.

        Raises: EngineError when Loki does not answer.
        """
        if not self._url:
            raise EngineError("no Loki is named to this analyzer")
        wanted = sorted({trace_id for trace_id in trace_ids if _PLAIN.fullmatch(trace_id)})
        parts = (wanted[place : place + _TOGETHER] for place in range(0, len(wanted), _TOGETHER))
        return {
            (line.trace_id, line.span_id): line
            for part in parts
            for line in self._lines(part, start - _CLOCKS_SECONDS, end + _LATER_SECONDS)
        }

    def _lines(self, trace_ids: Collection[str], start: float, end: float) -> Iterator[FactLine]:
        """All of them, answer by answer; the last line of one is the first of the next."""
        query = f'{{event="llm_call_completed"}} | trace_id=~"{"|".join(trace_ids)}"'
        start_ns, end_ns = int(start * _NS), int(end * _NS)
        while True:
            page = Page(query=query, start_ns=start_ns, end_ns=end_ns, most=_MOST_LINES, is_forward=True)
            lines = log_lines(self._client, self._url, page, timeout=_ANSWER_SECONDS)
            yield from (line for _, text in lines if (line := read_line(text)) is not None)
            if len(lines) < _MOST_LINES or lines[0][0] == start_ns:
                return
            start_ns = lines[0][0]
