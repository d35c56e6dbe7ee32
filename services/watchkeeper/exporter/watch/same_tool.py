"""One run of a tool that two instrumentations report counts once.

A framework's own span of a run and an instrumentation's are one directly below the other, at the same time, with the
same tool. The first to come counts; that is the lower one most often. Of a tool of an MCP server there are up to four:
the framework's, two of the client's libraries, and the server's.
"""

from collections.abc import Hashable

import msgspec

from watchkeeper.exporter.watch.repeats import Generations
from watchkeeper.model import Span
from watchkeeper.model.span import KIND_SERVER

_AT, _BELOW = range(2)


class _Run(msgspec.Struct, eq=False, gc=False):
    """A run that counted; ``reporters`` are hashes of who reported it: each reports a run once."""

    reporters: frozenset[int]
    start_ns: int
    end_ns: int
    is_of_server: bool


class SameTool(Generations[int, _Run]):
    """Remembers runs that counted by their span and by its parent; ``forgotten`` counts places that went.

    Memory: at most ``capacity`` places and half as many at least, two for a span. Names are kept as hashes, which are
    secret to the process, so that memory is bounded in bytes too.
    """

    def is_duplicate(self, span: Span, name: Hashable, tenant: str = "") -> bool:
        """Whether the run counted already; else it counts from now on. ``name`` is the tool, or what else it is."""
        reporter = hash((span.scope, span.kind))
        run = _Run(frozenset((reporter,)), span.start_ns, span.end_ns, span.kind == KIND_SERVER)
        within = (tenant, span.trace_id, name)
        above, below = (
            self.of(hash((place, span_id, within)))
            for place, span_id in ((_AT, span.parent_span_id), (_BELOW, span.span_id))
        )
        known = next((other for other in (above, below) if other is not None and _is_same(run, other)), None)
        if known is not None:
            known.reporters |= run.reporters
        for place, span_id in ((_AT, span.span_id), (_BELOW, span.parent_span_id)):
            if span_id:
                self.keep(hash((place, span_id, within)), known or run)
        return known is not None


def _is_same(run: _Run, other: _Run) -> bool:
    """From another reporter and at the same time; one that reports a tool that calls itself reports two runs.

    The clocks of a client and of a server may differ.
    """
    if run.reporters <= other.reporters:
        return False
    if run.is_of_server or other.is_of_server:
        return True
    return run.start_ns <= other.end_ns and other.start_ns <= run.end_ns
