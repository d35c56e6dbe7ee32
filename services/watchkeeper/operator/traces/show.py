"""A trace and a session as tables of a terminal. Names come from telemetry: nothing in them moves a cursor."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from watchkeeper.engines.sessions import TraceOfSession
from watchkeeper.engines.timeline import Row, Timeline, Totals
from watchkeeper.explain.words import dollars, number

_DEEPEST = 12
_NONE = "-"


def about(found: Timeline) -> Text:
    """Where it ran, when and how it ended."""
    parts = [", ".join(found.services) or "unknown"]
    if found.agents:
        parts.append(f"agent {', '.join(found.agents)}")
    parts.append(f"began {_utc(found.began)}")
    if found.closing:
        parts.append(f"{found.closing.status}, evaluated: {found.closing.closed_by.replace('_', ' ')}")
    parts.extend(f"session {session}" for session in found.sessions)
    return _text("; ".join(parts))


def trace_table(rows: Sequence[Row]) -> Table:
    """The timeline: what happened within an agent's step is indented below it."""
    table = Table("what", "name", "detail")
    for heading in ("at", "took", "tokens in", "out", "cost"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        line = row.line
        table.add_row(
            Text("  " * min(row.depth, _DEEPEST) + row.what, style="red" if row.is_bad else ""),
            _text(row.name),
            _text(row.detail),
            f"{number(row.started)} s",
            _NONE if row.duration is None else f"{number(row.duration)} s",
            _known(line.input_tokens),
            _known(line.output_tokens),
            _NONE if line.cost_usd is None else dollars(float(line.cost_usd)),
        )
    return table


def session_table(traces: Sequence[TraceOfSession]) -> Table:
    """The traces of a session, the newest first."""
    table = Table("began", "trace", "services")
    for heading in ("calls", "tokens in", "out", "cost", "took", "failures"):
        table.add_column(heading, justify="right", no_wrap=True)
    for trace in traces:
        totals = trace.totals
        table.add_row(
            _utc(trace.began),
            _text(trace.trace_id or "without a trace"),
            _text(", ".join(trace.services)),
            number(totals.llm_calls),
            _known(totals.input_tokens),
            _known(totals.output_tokens),
            _NONE if totals.cost_usd is None else dollars(float(totals.cost_usd)),
            f"{number(totals.duration_seconds)} s",
            number(totals.failures),
        )
    return table


def sums(totals: Totals) -> Text:
    """What it comes to, in one sentence."""
    cost = "no cost known" if totals.cost_usd is None else dollars(float(totals.cost_usd))
    unpriced = f" without {totals.unpriced_calls} calls that have no price" if totals.unpriced_calls else ""
    return Text(
        f"Together: {number(totals.llm_calls)} LLM calls, {number(totals.tool_calls)} tool calls, "
        f"{number(totals.retrievals)} retrievals, {_known(totals.input_tokens)} tokens in, "
        f"{_known(totals.output_tokens)} out, {cost}{unpriced}, {number(totals.failures)} failures, "
        f"{number(totals.duration_seconds)} s."
    )


def content_of(rows: Sequence[Row]) -> Iterator[Text]:
    """What was said, where it was captured."""
    for row in rows:
        for title, said in (("input", row.line.input), ("output", row.line.output)):
            if said:
                yield _text(f"\n{row.what} {row.name}, {title}:\n") + _text(said, keeps="\n\t")


def _text(text: str, keeps: str = "") -> Text:
    return Text("".join(one if one.isprintable() or one in keeps else "\N{REPLACEMENT CHARACTER}" for one in text))


def _known(tokens: int | None) -> str:
    return _NONE if tokens is None else number(tokens)


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
