"""Whose lines are to be forgotten, as queries of Loki and as a look at one line: both mean the same lines. Pure.

Lines that bear a named id are, and so are lines of their traces that bear none: a tool's span seldom names the user
whose question it worked on. A line that names somebody else stays, wherever it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.engines.logql import one_of, quoted

# Everything that Loki has: whatever wrote a line, it has a service.
_ALL = '{service=~".+"}'
# Loki reads queries of 128 KiB (maxInputSize of pkg/logql/syntax), and every line is held against each.
_MOST_BYTES = 48 * 1024
USER, SESSION, TRACE = "user_hash", "session_id", "trace_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Ids by label: hashes of users, sessions, traces; with a ``tenant`` only that tenant's lines."""

    ids: Mapping[str, Sequence[str]]
    tenant: str = ""

    def queries(self) -> Iterator[tuple[str, str]]:
        """Yield each label with a query for the lines that bear one of its ids."""
        for label, ids in self.ids.items():
            for part in _parts(ids):
                yield label, f"{_ALL} | {one_of(label, part)}{self._of_tenant}"

    def unnamed(self, label: str, traces: Sequence[str]) -> Iterator[str]:
        """Yield queries for the lines of these traces that bear no ``label`` at all."""
        for part in _parts(traces):
            yield f'{_ALL} | {one_of(TRACE, part)} | {label}=""{self._of_tenant}'

    @property
    def _of_tenant(self) -> str:
        return f" | tenant={quoted(self.tenant)}" if self.tenant else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Whether a line is one of them; ``traces`` are those of users and of sessions, by label."""

    whose: Whose
    traces: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def holds(self, fields: Mapping[str, Any]) -> bool:
        """Whether the fields of a line name one of the ids, or stand in one of their traces and name no one."""
        if self.whose.tenant and fields.get("tenant") != self.whose.tenant:
            return False
        if any(fields.get(label) in ids for label, ids in self.whose.ids.items()):
            return True
        trace = str(fields.get(TRACE))
        return any(not fields.get(label) and trace in traces for label, traces in self.traces.items())


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    part: list[str] = []
    size = 0
    for one in ids:
        # Twice: any character may need a backslash.
        if part and size + 2 * len(one.encode()) > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(one)
        size += 2 * len(one.encode()) + 1
    if part:
        yield part
