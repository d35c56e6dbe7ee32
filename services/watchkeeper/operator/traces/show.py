"""A trace and a session as tables of a terminal. Names come from telemetry: nothing in them moves a cursor."""

from collections.abc import Callable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from watchkeeper.archive.names import parse
from watchkeeper.engines.sessions import TraceOfSession
from watchkeeper.engines.timeline import Row, Timeline, Totals
from watchkeeper.explain.words import dollars, duration, known, number, utc
from watchkeeper.operator.tables import plain

_DEEPEST = 12


def about(found: Timeline) -> Text:
    """Where it ran, when and how it ended."""
    parts = [", ".join(found.services) or "unknown"]
    if found.agents:
        parts.append(f"agent {', '.join(found.agents)}")
    parts.append(f"began {utc(found.began)}")
    if found.closing:
        parts.append(f"{found.closing.status}, evaluated: {found.closing.closed_by.replace('_', ' ')}")
    parts.extend(f"session {session}" for session in found.sessions)
    return plain("; ".join(parts))


def trace_table(rows: Sequence[Row]) -> Table:
    """The timeline: what happened within an agent's step is indented below it."""
    table = Table("what", "name", "detail")
    for heading in ("at", "took", "tokens in", "out", "cost"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        line = row.line
        table.add_row(
            Text("  " * min(row.depth, _DEEPEST) + row.what, style="red" if row.is_bad else ""),
            plain(row.name),
            plain(row.detail),
            duration(row.started),
            known(row.duration, duration),
            known(line.input_tokens, number),
            known(line.output_tokens, number),
            known(line.cost_usd, dollars),
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
            utc(trace.began),
            plain(trace.trace_id or "without a trace"),
            plain(", ".join(trace.services)),
            number(totals.llm_calls),
            known(totals.input_tokens, number),
            known(totals.output_tokens, number),
            known(totals.cost_usd, dollars),
            duration(totals.duration_seconds),
            number(totals.failures),
        )
    return table


def sums(totals: Totals) -> Text:
    """What it comes to, in one sentence."""
    cost = "no cost known" if totals.cost_usd is None else dollars(totals.cost_usd)
    unpriced = f" without {totals.unpriced_calls} calls that have no price" if totals.unpriced_calls else ""
    return Text(
        f"Together: {number(totals.llm_calls)} LLM calls, {number(totals.tool_calls)} tool calls, "
        f"{number(totals.retrievals)} retrievals, {known(totals.input_tokens, number)} tokens in, "
        f"{known(totals.output_tokens, number)} out, {cost}{unpriced}, {number(totals.failures)} failures, "
        f"{duration(totals.duration_seconds)}."
    )


def content_of(rows: Sequence[Row], whole: Callable[[str], str]) -> Iterator[Text]:
    """What was said, where it was captured; ``whole`` gives the text of a key of the archive, or a sentence."""
    for row in rows:
        line = row.line
        for title, said, key in (
            ("input", line.input, line.input_archived),
            ("output", line.output, line.output_archived),
        ):
            if said:
                text = whole(key) if parse(key) else said
                yield plain(f"\n{row.what} {row.name}, {title}:\n") + plain(text, keeps="\n\t")
