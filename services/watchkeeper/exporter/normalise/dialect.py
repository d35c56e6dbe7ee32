"""The seam: what a dialect is, and how the right one is found for a span.

A dialect is one file that turns spans of one family of client libraries into facts. It says which scopes (prefixes of
the instrumentation scope's name) it speaks for, and which attribute keys give it away where the scope is unknown.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from watchkeeper.exporter.normalise import evaluation
from watchkeeper.exporter.normalise.canonical import named
from watchkeeper.exporter.normalise.context import read_context, read_resource
from watchkeeper.exporter.normalise.usage import validated
from watchkeeper.exporter.normalise.values import Attributes
from watchkeeper.model import Context, Fact, LlmCall, Rejection, Span

ReadSpan = Callable[[Span, Context], Sequence[Fact]]
AddContent = Callable[[Fact, Span], Fact]


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One family of client libraries; ``read`` turns a span and its context into facts, or none."""

    name: str
    scopes: tuple[str, ...]
    markers: tuple[str, ...]
    read: ReadSpan


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a span reported: facts, and what in it was rejected. ``is_recognised`` False: no one speaks for it."""

    facts: tuple[Fact, ...] = ()
    problems: tuple[Rejection, ...] = ()
    is_recognised: bool = True


NOT_RECOGNISED = Reading(is_recognised=False)


class Normaliser:
    """Finds a span's dialect in constant time, however many dialects there are, and reads the span.

    ``add_content`` completes facts by what people and models said; without it no one looks at that.
    """

    def __init__(self, dialects: Sequence[Dialect], add_content: AddContent | None = None) -> None:
        self._dialects = tuple(dialects)
        self._add_content = add_content
        self._by_marker = {marker: rank for rank, d in reversed(list(enumerate(dialects))) for marker in d.markers}
        # the last resource and what it reports: all spans of a batch share theirs
        self._resource: Attributes = {}
        self._origin = read_resource({})
        self._by_scope = lru_cache(maxsize=1024)(self._find_by_scope)

    def read(self, span: Span) -> Reading:
        """Return the facts of one span; usage that contradicts itself is cut and reported."""
        dialect = self._by_scope(span.scope) or self._find_by_marker(span)
        has_evaluations = bool(span.events) and any(event.name == evaluation.EVENT for event in span.events)
        if dialect is None and not has_evaluations:
            return NOT_RECOGNISED
        if span.resource is not self._resource:
            self._resource, self._origin = span.resource, read_resource(span.resource)
        context = read_context(span, self._origin)
        facts = tuple(dialect.read(span, context)) if dialect else ()
        problems: tuple[Rejection, ...] = ()
        for place, fact in enumerate(facts):
            if isinstance(fact, LlmCall):
                call = named(fact, span.attributes)
                usage, broken = validated(call.usage, call.context.operation)
                if usage is not call.usage:
                    call, problems = msgspec.structs.replace(call, usage=usage), (*problems, *broken)
                if call is not fact:
                    facts = (*facts[:place], call, *facts[place + 1 :])
        if has_evaluations:
            facts = (*evaluation.from_span(span, context), *facts)
        if self._add_content is not None:
            facts = tuple([self._add_content(fact, span) for fact in facts])
        return Reading(facts=facts, problems=problems)

    def _find_by_scope(self, scope: str) -> Dialect | None:
        fitting = [(len(s), -rank, d) for rank, d in enumerate(self._dialects) for s in d.scopes if scope.startswith(s)]
        return max(fitting, key=lambda found: found[:2])[2] if fitting else None

    def _find_by_marker(self, span: Span) -> Dialect | None:
        ranks = [rank for key in span.attributes if (rank := self._by_marker.get(key)) is not None]
        return self._dialects[min(ranks)] if ranks else None
