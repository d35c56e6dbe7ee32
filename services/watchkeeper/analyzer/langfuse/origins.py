"""Whose trace a score is about: service, prompt and model, from the lines of its calls in Loki.

Langfuse's scores name a trace and nothing more; the exporter has written what the trace was.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence

import httpx

from watchkeeper.analyzer.langfuse.score import ReadScore
from watchkeeper.engines.fact_lines import FactLine, read_line
from watchkeeper.engines.log_lines import Page, log_lines

_NS = 10**9
_ANSWER_SECONDS = 20.0
_MOST_LINES = 5_000
# Programs and judges score within minutes, and people within their working day: of theirs are few, and Loki reads all
# calls of the time in between.
_SOON_SECONDS = 3600.0
_LATE_SECONDS = 12 * 3600.0
# A line is written when its call has been received.
_AFTER_SECONDS = 600.0
# Ids as libraries make them; others would need quotes in a pattern, and are looked up by no one.
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,128}")
_MOST_TRACES = 20_000

Origin = Mapping[str, str]


class TraceOrigins:
    """Asks the Loki at ``url``, which may be empty; remembers the last traces it found."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url
        self._found: OrderedDict[str, Sequence[FactLine]] = OrderedDict()

    def of(self, scores: Sequence[ReadScore]) -> list[Origin]:
        """Return what is known of each score's trace, as fields of an event; may block.

        Raises: EngineError when Loki does not answer.
        """
        if self._url:
            self._look(scores, _SOON_SECONDS)
            self._look([score for score in scores if score.source == "person"], _LATE_SECONDS)
        origins = [_origin(self._found.get(score.trace_id, ()), score.span_id) for score in scores]
        while len(self._found) > _MOST_TRACES:
            self._found.popitem(last=False)
        return origins

    def _look(self, scores: Sequence[ReadScore], before_seconds: float) -> None:
        """Find the traces of the scores that are not known yet, of so long before them."""
        wanted = [s for s in scores if s.trace_id not in self._found and _PLAIN.fullmatch(s.trace_id)]
        if not wanted:
            return
        pattern = "|".join(sorted({score.trace_id for score in wanted}))
        page = Page(
            query=f'{{event="llm_call_completed"}} | trace_id=~"{pattern}"',
            start_ns=int((min(score.at for score in wanted) - before_seconds) * _NS),
            end_ns=int((max(score.at for score in wanted) + _AFTER_SECONDS) * _NS),
            most=_MOST_LINES,
        )
        lines: dict[str, list[FactLine]] = defaultdict(list)
        for _, text in log_lines(self._client, self._url, page, timeout=_ANSWER_SECONDS):
            if (line := read_line(text)) is not None:
                lines[line.trace_id].append(line)
        self._found.update(lines)


def _origin(lines: Sequence[FactLine], span_id: str) -> Origin:
    """What all calls of the trace have in common, or the one that was scored has."""
    scored = [line for line in lines if span_id and line.span_id == span_id] or lines
    names = ("service", "tenant", "agent", "prompt", "prompt_version", "model")
    found = {name: {getattr(line, name) for line in scored} for name in names}
    return {name: values.pop() for name, values in found.items() if len(values) == 1 and values != {""}}
