"""What the pages of traces and sessions show in their tables. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from watchkeeper.archive.names import parse
from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.engines.sessions import TraceOfSession
from watchkeeper.engines.timeline import Row, Totals
from watchkeeper.explain.words import dollars, duration, known, number, utc

# As many classes of indentation as the style has.
_DEEPEST = 9
# Of a long answer the beginning, and of a long trace the first rows: a browser shows a page of some hundred KB at once.
_MOST_CHARACTERS = 4000
_MOST_CONTENT = 400_000
_LONGEST_NAME = 200


def shown_rows(rows: Sequence[Row], whole_seconds: float) -> list[dict[str, Any]]:
    """Each row of a timeline with its times, tokens and dollars, and the place of its bar from 0 to 100."""
    return list(_shown(rows, max(whole_seconds, 1e-9)))


def _shown(rows: Sequence[Row], whole: float) -> Iterator[dict[str, Any]]:
    left = _MOST_CONTENT
    for row in rows:
        line = row.line
        content = [(title, text) for title, text in (("Input", line.input), ("Output", line.output)) if text]
        cut = [(title, text[: min(_MOST_CHARACTERS, left)]) for title, text in content]
        left -= sum(len(text) for _, text in cut)
        yield {
            "depth": min(row.depth, _DEEPEST),
            "what": row.what,
            "name": row.name[:_LONGEST_NAME],
            "detail": row.detail[:_LONGEST_NAME],
            "is_bad": row.is_bad,
            "at": duration(row.started),
            "duration": known(row.duration, duration),
            "input": known(line.input_tokens, number),
            "output": known(line.output_tokens, number),
            "cost": known(line.cost_usd, dollars),
            "bar": _bar(row, whole),
            "content": cut,
            "is_cut": [len(text) for _, text in cut] != [len(text) for _, text in content],
            "capture": line.capture,
            "whole": [(title, key) for title, key in _archived_of(line) if parse(key)],
        }


def _archived_of(line: FactLine) -> Iterator[tuple[str, str]]:
    """What of a line is in the archive as a whole, with its key."""
    yield "Input", line.input_archived
    yield "Output", line.output_archived


def shown_totals(totals: Totals) -> dict[str, str]:
    """The sums by their names."""
    unpriced = f" ({totals.unpriced_calls} calls without a price)" if totals.unpriced_calls else ""
    return {
        "LLM calls": number(totals.llm_calls),
        "Tool calls": number(totals.tool_calls),
        "Retrievals": number(totals.retrievals),
        "Tokens in": known(totals.input_tokens, number),
        "Tokens out": known(totals.output_tokens, number),
        "Cost": known(totals.cost_usd, dollars) + unpriced,
        "Failures": number(totals.failures),
        "Duration": duration(totals.duration_seconds),
    }


def shown_session(trace: TraceOfSession) -> dict[str, Any]:
    """A row of a session."""
    return {
        "began": utc(trace.began),
        "id": trace.trace_id,
        "services": ", ".join(trace.services)[:_LONGEST_NAME],
        "totals": shown_totals(trace.totals),
    }


def _bar(row: Row, whole: float) -> tuple[str, str]:
    """Where the bar begins and how wide it is; the shortest can still be seen."""
    begins = min(max(row.started / whole, 0.0), 1.0) * 100
    width = min(max((row.duration or 0.0) / whole * 100, 0.5), 100.5 - begins)
    return f"{begins:.1f}", f"{width:.1f}"
