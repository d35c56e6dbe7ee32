"""What a line cannot hold goes to the archive, and the fact gets its name.

That comes as soon as a span is read, before anything waits or is assembled, so that no long text stays in memory.
"""

import time
from collections.abc import Callable

from msgspec.structs import replace

from watchkeeper.archive.names import NO_ONE, ObjectName, day_of, digest_of, short
from watchkeeper.exporter.batch import FactT
from watchkeeper.exporter.enrich.ownership import DEFAULT_TENANT
from watchkeeper.exporter.enrich.redaction import MAX_CONTENT, Redactor
from watchkeeper.exporter.normalise.content import MAX_READ, with_content
from watchkeeper.exporter.sinks.archive import ArchiveWriter
from watchkeeper.model import Context, Fact, Span


class LongTexts:
    """Reads content of up to ``longest`` characters, and archives what is longer than a line shows."""

    def __init__(
        self, writer: ArchiveWriter, redactor: Redactor, hash_user: Callable[[str], str], longest: int
    ) -> None:
        self._writer = writer
        self._redactor = redactor
        self._hash_user = hash_user
        self._longest = longest

    def with_content(self, fact: Fact, span: Span) -> Fact:
        """The fact with all that its span says, and one character more than is archived."""
        return with_content(fact, span, self._longest + 1)

    def shorten(self, fact: FactT, /) -> FactT:
        """The fact with as much of its content as is read without an archive, and with the names of the whole."""
        content = getattr(fact, "content", None)
        if content is None:
            return fact
        shown = replace(
            content,
            input=content.input[:MAX_READ],
            output=content.output[:MAX_READ],
            input_archived=self._archived(fact.context, content.input),
            output_archived=self._archived(fact.context, content.output),
        )
        return replace(fact, content=shown)

    def _archived(self, context: Context, text: str) -> str:
        # A line has room for so many bytes of each; a character takes up to four.
        if len(text) <= MAX_CONTENT and (text.isascii() or len(text.encode("utf-8", "replace")) <= MAX_CONTENT):
            return ""
        if len(text) > self._longest:
            self._writer.lose("too_long")
            return ""
        whole = self._redactor.whole(text)
        key = self._name(context, digest_of(whole)).key
        return key if self._writer.offer(key, whole) else ""

    def _name(self, context: Context, digest: str) -> ObjectName:
        return ObjectName(
            day=day_of(time.time()),
            tenant=short(context.tenant or DEFAULT_TENANT),
            user=self._hash_user(context.user_id) if context.user_id else NO_ONE,
            session=short(context.session_id),
            trace=short(context.trace_id),
            digest=digest,
        )
