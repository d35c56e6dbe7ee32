"""What was forgotten, and what is left where this command does not reach, in sentences. Pure."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from watchkeeper.config.schema import ConfigFile
from watchkeeper.engines.deletions import GONE_SECONDS, HIDDEN_SECONDS, Deletion
from watchkeeper.explain.words import utc
from watchkeeper.operator.tables import plain

_LONGEST_QUERY = 120


def counted(count: int, what: str = "line") -> str:
    """So many of them."""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def asked(count: int, requests: Sequence[str], now: float) -> str:
    """What Loki was asked."""
    if not requests:
        return "Loki: no lines of theirs."
    return (
        f"Loki: {counted(count)} being deleted (requests {', '.join(requests)}): out of every answer by "
        f"{utc(now + HIDDEN_SECONDS)}, out of its files by {utc(now + GONE_SECONDS)}."
    )


def use(count: int | None) -> Iterator[str]:
    """What became of what they used of ceilings and quotas; None where an exporter has yet to take it away."""
    if count is None:
        yield "Ceilings and quotas: what they used is taken away when the exporter runs."
    elif count:
        yield f"Ceilings and quotas: {counted(count, 'sum')} of what they used taken away."


def use_in_memory() -> Iterator[str]:
    """What an exporter without a state directory has."""
    yield "Ceilings and quotas: what they used is in memory alone; it goes when the exporter is made again."


def pending_table(requests: Sequence[Deletion]) -> Table:
    """What Loki has still to delete."""
    table = Table("Request", "Asked", "Until", "Out of files by", "Done", "Lines")
    for one in requests:
        times = (one.created_at, one.end_time, one.created_at + GONE_SECONDS)
        query = plain(one.query[:_LONGEST_QUERY])
        table.add_row(one.request_id, *(utc(time) for time in times), plain(one.status), query)
    return table


def elsewhere(file: ConfigFile, *, is_docker: bool) -> Iterator[str]:
    """Where texts are that this command cannot take away, and how they go."""
    if is_docker:
        yield "Docker's own log files have the exporter's lines: docker compose up -d --force-recreate exporter."
    if file.privacy.journal:
        yield "The exporter's journal has requests as they came, for at most 11 minutes."
    if file.forward:
        names = ", ".join(destination.name for destination in file.forward)
        yield f"Traces were forwarded to {names}: delete them there."
    yield "Backups have what was there when they were made."
