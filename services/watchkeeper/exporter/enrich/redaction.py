"""What a fact may say in words: content as ``privacy.capture`` says, and no secrets in free text."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from watchkeeper.config.patterns import Pattern
from watchkeeper.config.privacy import Capture
from watchkeeper.exporter.enrich.secrets import without_keys, without_secrets
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    Content,
    Deployment,
    Fact,
    GuardrailCheck,
    Incident,
    LlmCall,
    McpOperation,
    QualityGate,
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

# The texts of a context that recur, those that do not, and the texts of each fact beside it; reasons why a model
# stopped are of a closed vocabulary (normalise/finish.py).
_CONTEXT_NAMES = (
    "service",
    "environment",
    "team",
    "tenant",
    "agent",
    "operation",
    "provider",
    "model",
    "model_requested",
    "prompt",
    "prompt_version",
    "repository",
)
_CONTEXT_IDS = ("trace_id", "span_id", "session_id")
_NAMES_OF_CONTEXT = attrgetter(*_CONTEXT_NAMES)
_OWN_NAMES: Mapping[type, tuple[str, ...]] = {
    LlmCall: ("response_id", "service_tier"),
    ToolCall: ("tool",),
    McpOperation: ("tool",),
    Retrieval: ("retriever",),
    AgentStep: ("kind",),
    BranchDecision: ("node",),
    Score: ("name",),
    QualityGate: ("gate",),
    CacheLookup: ("cache",),
    GuardrailCheck: ("guardrail",),
    Deployment: ("name", "version", "label", "author"),
    Incident: ("alert", "severity", "fingerprint"),
}
# What is not among the names that recur; two texts at least, so that what is read is a tuple.
_TEXTS_OF = {kind: attrgetter("context.session_id", *names) for kind, names in _OWN_NAMES.items()}
_TEXTS_OF_CONTEXT = attrgetter("context.session_id", "context.span_id")
# The beginnings of keys that have letters and digits alone; all other keys, and URLs, have something else in them.
_HEADS_OF_IDS = frozenset({"call", "chatcmpl", "cmpl", "gen", "msg", "resp", "run", "thread", "toolu"})
_LENGTH_OF_UUID = 36
_PLAIN_KEYS = ("AKIA", "ASIA", "AIza", "eyJ")
FactT = TypeVar("FactT", bound=Fact)


class Redactor:
    """Redacts facts; ``patterns`` are (name, pattern) pairs whose matches become ``[name]``."""

    def __init__(self, capture: Capture = "metadata", patterns: Sequence[tuple[str, Pattern]] = ()) -> None:
        self.capture = capture
        self._patterns = tuple((f"[{name}]", pattern) for name, pattern in patterns)
        # words of senders repeat, above all classes of errors; the keys are cut to a bounded length
        self._words = lru_cache(maxsize=2048)(self._redact)

    def redact(self, fact: Fact) -> Fact:
        """Return the fact with nothing in it that may not be shown."""
        if not _is_free_of_keys(fact):
            fact = _without_keys(fact)
        if isinstance(fact, _WITH_CONTENT):
            if fact.content is None and not fact.error_class:
                return fact
            return replace(fact, error_class=self.words(fact.error_class), content=self._content(fact.content))
        if isinstance(fact, Score):
            return replace(fact, category=self.words(fact.category)) if fact.category else fact
        if isinstance(fact, BranchDecision):
            words = {name: self.words(getattr(fact, name)) for name in ("branch", "condition", "value")}
            return replace(fact, **words)
        return self._rarer(fact)

    def _rarer(self, fact: Fact) -> Fact:
        if isinstance(fact, McpOperation) and fact.error_class:
            return replace(fact, error_class=self.words(fact.error_class))
        if isinstance(fact, Incident):
            return replace(fact, summary=self.words(fact.summary, _MAX_SUMMARY))
        if isinstance(fact, Deployment) and fact.author:
            return replace(fact, author=self.words(fact.author))
        return fact

    def words(self, text: str, longest: int = _MAX_WORDS) -> str:
        """Free text that every capture mode shows, without secrets."""
        return self._words(text[: 2 * longest])[:longest] if text else text

    def whole(self, text: str) -> str:
        """All of a text, as the capture mode shows it."""
        return self._redact(text) if self.capture == "redacted" else text

    def _content(self, content: Content | None) -> Content | None:
        if content is None or self.capture == "metadata":
            return None
        change: Callable[[str], str] = self._redact_content if self.capture == "redacted" else _cut
        return replace(content, input=change(content.input), output=change(content.output))

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


def _is_free_of_keys(fact: Fact) -> bool:
    """Whether no name and no id has a key in it, which lines and labels would show: nearly always."""
    context = fact.context
    if _have_keys(_NAMES_OF_CONTEXT(context)):
        return False
    if not _is_hex(context.trace_id + context.span_id) and _have_keys((context.trace_id, context.span_id)):
        return False
    for text in _TEXTS_OF.get(type(fact), _TEXTS_OF_CONTEXT)(fact):
        if text and not _is_plain(text) and _have_keys((text,)):
            return False
    return True


def _without_keys(fact: FactT) -> FactT:
    """The fact with no key in its names and ids."""
    names = {name: without_keys(getattr(fact.context, name)) for name in (*_CONTEXT_NAMES, *_CONTEXT_IDS)}
    own: dict[str, object] = {name: without_keys(getattr(fact, name)) for name in _OWN_NAMES.get(type(fact), ())}
    return replace(fact, context=replace(fact.context, **names), **own)


def _is_hex(ids: str) -> bool:
    """Whether ids are what OpenTelemetry's are, in which no key can be."""
    try:
        bytes.fromhex(ids)
    except ValueError:
        return False
    return True


def _is_plain(text: str) -> bool:
    """Whether a text is too simple to hold a key: nearly all ids are, and looking through each takes 4 us."""
    if text.isalnum():
        return not text.startswith(_PLAIN_KEYS)
    head, _, rest = text.partition("-" if "-" in text else "_")
    if head in _HEADS_OF_IDS and rest.isalnum():
        return not rest.startswith(_PLAIN_KEYS)
    return (
        len(text) == _LENGTH_OF_UUID
        and text[8] == text[13] == text[18] == text[23] == "-"
        and text.replace("-", "").isalnum()
    )


# Keys of 1024 characters at most in each place; names recur.
@lru_cache(maxsize=2048)
def _have_keys(texts: tuple[str, ...]) -> bool:
    return tuple(map(without_keys, texts)) != texts
