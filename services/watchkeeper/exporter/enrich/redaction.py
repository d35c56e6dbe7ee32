"""What a fact may say in words: content as ``privacy.capture`` says, and no secrets in free text."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from watchkeeper.config.patterns import Pattern
from watchkeeper.config.schema import Capture
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

# The texts of a context that recur, those that do not, and the texts of each fact beside it.
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
)
_CONTEXT_IDS = ("trace_id", "span_id", "session_id")
_NAMES_OF_CONTEXT, _IDS_OF_CONTEXT = attrgetter(*_CONTEXT_NAMES), attrgetter(*_CONTEXT_IDS)
_OWN_NAMES: Mapping[type, tuple[str, ...]] = {
    LlmCall: ("response_id", "service_tier"),
    ToolCall: ("tool",),
    Retrieval: ("retriever",),
    AgentStep: ("kind",),
    BranchDecision: ("node",),
    Score: ("name",),
    QualityGate: ("gate",),
    CacheLookup: ("cache",),
    GuardrailCheck: ("guardrail",),
    Deployment: ("name", "version"),
    Incident: ("alert", "severity", "fingerprint"),
}
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
        fact = self._without_keys(fact)
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

    def _without_keys(self, fact: FactT) -> FactT:
        """The fact with no key in its names and ids, which lines and labels show as they are."""
        context = fact.context
        changed = _names_without_keys(_NAMES_OF_CONTEXT(context))
        if changed is not None:
            fact = replace(fact, context=replace(context, **dict(zip(_CONTEXT_NAMES, changed, strict=True))))
        ids = _IDS_OF_CONTEXT(fact.context)
        if not _are_plain(*ids):
            clean = {name: without_keys(text) for name, text in zip(_CONTEXT_IDS, ids, strict=True)}
            fact = replace(fact, context=replace(fact.context, **clean))
        own = _OWN_NAMES.get(type(fact), ())
        dirty: dict[str, object] = {
            name: _word_without_keys(text) for name in own if not _is_plain(text := getattr(fact, name))
        }
        if isinstance(fact, LlmCall) and fact.finish_reasons:
            reasons = tuple(map(_word_without_keys, fact.finish_reasons))
            dirty |= {"finish_reasons": reasons} if reasons != fact.finish_reasons else {}
        return replace(fact, **dirty) if dirty else fact

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


def _are_plain(trace_id: str, span_id: str, session_id: str) -> bool:
    """What ``_is_plain`` says of all three, with one look at the first two, which are hex in every trace."""
    is_hex = (trace_id + span_id).isalnum() and not trace_id.startswith(_PLAIN_KEYS)
    if is_hex and not span_id.startswith(_PLAIN_KEYS):
        return _is_plain(session_id)
    return _is_plain(trace_id) and _is_plain(span_id) and _is_plain(session_id)


def _is_plain(text: str) -> bool:
    """Whether a text is too simple to hold a key: nearly all ids are, and looking through each takes 4 us."""
    if not text:
        return True
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
def _names_without_keys(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names without keys; None where there is none, which is nearly always."""
    clean = tuple(map(without_keys, names))
    return None if clean == names else clean


@lru_cache(maxsize=2048)
def _word_without_keys(word: str) -> str:
    return without_keys(word)
