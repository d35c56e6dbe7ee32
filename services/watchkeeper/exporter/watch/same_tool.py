"""One run of a tool that two instrumentations report counts once.

A framework's own span of a run and an instrumentation's are one directly below the other, at the same time, with the
same tool. The first to come counts; that is the lower one most often.
"""

import msgspec

from watchkeeper.exporter.watch.repeats import Generations
from watchkeeper.model import Span, ToolCall

_AT, _BELOW = range(2)


class _Run(msgspec.Struct, eq=False, gc=False):
    """A run that counted; ``scope`` is a hash."""

    scope: int
    start_ns: int
    end_ns: int
    is_duplicated: bool = False


class SameTool(Generations[int, _Run]):
    """Remembers runs that counted by their span and by its parent; ``forgotten`` counts places that went.

    Memory: at most ``capacity`` places and half as many at least, two for a run. Names are kept as hashes, which are
    secret to the process, so that memory is bounded in bytes too.
    """

    def is_duplicate(self, span: Span, call: ToolCall, tenant: str = "") -> bool:
        """Whether the run counted already; else it counts from now on. A run is reported again once at most."""
        run = _Run(hash(span.scope), span.start_ns, span.end_ns)
        name = (tenant, span.trace_id, call.tool)
        above, below = self.of(hash((_AT, span.parent_span_id, name))), self.of(hash((_BELOW, span.span_id, name)))
        for other in (above, below):
            if other is not None and _is_same(run, other):
                other.is_duplicated = True
                return True
        for place, span_id in ((_AT, span.span_id), (_BELOW, span.parent_span_id)):
            if span_id:
                self.keep(hash((place, span_id, name)), run)
        return False


def _is_same(run: _Run, other: _Run) -> bool:
    """From another scope and at the same time; a scope reports a tool that calls itself as two runs."""
    if other.is_duplicated or run.scope == other.scope:
        return False
    return run.start_ns <= other.end_ns and other.start_ns <= run.end_ns
