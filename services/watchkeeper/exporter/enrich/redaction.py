"""What a fact may say in words: content as ``privacy.capture`` says, and no secrets in free text."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from watchkeeper.config.patterns import Pattern
from watchkeeper.config.schema import Capture
from watchkeeper.exporter.enrich.secrets import without_secrets
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    Content,
    Fact,
    Incident,
    LlmCall,
    Retrieval,
    Score,
    ToolCall,
)

# What a line shows of input and of output; with the rest of the line that stays under 16 KiB.
MAX_CONTENT = 6 * 1024
# A secret that begins in the last characters that were read may be cut, and look like none.
_CUT_EDGE = 512
# A class of error, a category or a condition is a few words; a summary of an alert is a sentence or two.
_MAX_WORDS = 256
_MAX_SUMMARY = 1024
_WITH_CONTENT = (LlmCall, ToolCall, Retrieval, AgentStep)


class Redactor:
    """Redacts facts; ``patterns`` are (name, pattern) pairs whose matches become ``[name]``."""

    def __init__(self, capture: Capture = "metadata", patterns: Sequence[tuple[str, Pattern]] = ()) -> None:
        self.capture = capture
        self._patterns = tuple((f"[{name}]", pattern) for name, pattern in patterns)
        # words of senders repeat, above all classes of errors; the keys are cut to a bounded length
        self._words = lru_cache(maxsize=2048)(self._redact)

    def redact(self, fact: Fact) -> Fact:
        """Return the fact with nothing in it that may not be shown."""
        if isinstance(fact, _WITH_CONTENT):
            if fact.content is None and not fact.error_class:
                return fact
            return replace(fact, error_class=self.words(fact.error_class), content=self._content(fact.content))
        if isinstance(fact, Score):
            return replace(fact, category=self.words(fact.category)) if fact.category else fact
        if isinstance(fact, BranchDecision):
            words = {name: self.words(getattr(fact, name)) for name in ("branch", "condition", "value")}
            return replace(fact, **words)
        if isinstance(fact, Incident):
            return replace(fact, summary=self.words(fact.summary, _MAX_SUMMARY))
        return fact

    def words(self, text: str, longest: int = _MAX_WORDS) -> str:
        """Free text that every capture mode shows, without secrets."""
        return self._words(text[: 2 * longest])[:longest] if text else text

    def _content(self, content: Content | None) -> Content | None:
        if content is None or self.capture == "metadata":
            return None
        change: Callable[[str], str] = self._redact_content if self.capture == "redacted" else _cut
        return Content(input=change(content.input), output=change(content.output))

    def _redact_content(self, text: str) -> str:
        """Redacted first and cut then: half a secret would look like none."""
        read = text[: 2 * MAX_CONTENT]
        redacted = self._redact(read)
        whole = len(redacted) - (_CUT_EDGE if len(read) < len(text) else 0)
        return redacted[: min(MAX_CONTENT, max(whole, 0))]

    def _redact(self, text: str) -> str:
        text = without_secrets(text)
        for replacement, pattern in self._patterns:
            text = pattern.sub(replacement, text)
        return text


def _cut(text: str) -> str:
    return text[:MAX_CONTENT]
