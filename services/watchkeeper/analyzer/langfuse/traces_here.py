"""Which traces were sent here by their applications, by the lines of what was in them.

Loki remembers them for longer than the exporter does, which knows the spans of minutes.
"""

import re
from collections.abc import Collection, Iterable

import httpx

from watchkeeper.engines.fact_lines import read_line
from watchkeeper.engines.log_lines import Page, log_lines

_NS = 10**9
_ANSWER_SECONDS = 20.0
_MOST_LINES = 5_000
# A query of 100 ids has 4 KB, which every proxy lets through.
_TOGETHER = 100
# What was sent here was so within minutes of the call.
_AROUND_SECONDS = 600.0
# Ids as libraries make them; others would need quotes in a pattern, and are looked up by no one.
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,128}")
# What spans leave behind. Scores and verdicts may be of traces that are in Langfuse alone.
_EVENTS = "llm_call_completed|tool_call_completed|retrieval_completed|agent_step_completed|guardrail_checked"


class TracesHere:
    """Asks the Loki at ``url``, which may be empty: then no trace is known to be here."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def among(self, trace_ids: Iterable[str], start: float, end: float) -> set[str]:
        """Those that have lines of between two moments in Unix seconds, or of some minutes around; may block.

        Raises: EngineError when Loki does not answer.
        """
        if not self._url:
            return set()
        wanted = sorted({trace_id for trace_id in trace_ids if _PLAIN.fullmatch(trace_id)})
        found: set[str] = set()
        for place in range(0, len(wanted), _TOGETHER):
            found |= self._found(wanted[place : place + _TOGETHER], start, end)
        return found

    def _found(self, trace_ids: Collection[str], start: float, end: float) -> set[str]:
        """One trace may have more lines than an answer holds: the others are asked for again."""
        left, found = set(trace_ids), set[str]()
        while left:
            page = Page(
                query=f'{{event=~"{_EVENTS}"}} | trace_id=~"{"|".join(sorted(left))}"',
                start_ns=int((start - _AROUND_SECONDS) * _NS),
                end_ns=int((end + _AROUND_SECONDS) * _NS),
                most=_MOST_LINES,
            )
            lines = log_lines(self._client, self._url, page, timeout=_ANSWER_SECONDS)
            read = {line.trace_id for _, text in lines if (line := read_line(text)) is not None} & left
            found |= read
            left -= read
            if len(lines) < _MOST_LINES or not read:
                break
        return found
