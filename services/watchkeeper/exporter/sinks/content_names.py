"""Which attributes carry what people and models said: by the words in their names.

Every instrumentation has its own names for prompts, outputs, messages, documents, arguments and results, and new ones
come with every release. Their words are the same everywhere, so words decide; the names under which content is captured
(``normalise.content``) and a few others without such a word are listed. What a name only says *about* content (its
role, type, id, version, count) may stay.
"""

import re
from functools import lru_cache

from watchkeeper.exporter.normalise.content import NAMES

_WORDS = frozenset(
    """
    answer answers arg args argument arguments body choice choices chunk chunks completion completions content contents
    context
    description document documents embedding embeddings explanation history input inputs instruction instructions kwargs
    message messages object output outputs parameter parameters passage passages prediction prompt prompts query
    question reasoning reply result results schema snippet stack stacktrace statement summary template text thinking
    thought traceback transcript utterance value values variable variables vector vectors
    """.split()  # noqa: SIM905  # a hundred quotes hide the words
)

# The last word of a name that only reports something about content. Numbers and truth values may stay anyway.
_ABOUT = frozenset(
    """
    count duration effort finish id ids index kind key language length level mime model name provider reason reasons
    role score size source status time timestamp tokens tool type types uri version
    """.split()  # noqa: SIM905  # a hundred quotes hide the words
)

_LISTED = frozenset(
    {
        "ai.response.files",
        "ai.response.sources",
        "ai.response.providerMetadata",
        "error.message",
        "error.stack",
        "gen_ai.tool.definitions",
        "langfuse.observation.status_message",
        "logfire.msg",
        "logfire.msg_template",
    }
)

# Below these everything is content, whatever the last word says.
_PREFIXES = (
    "llm.request.functions.",
    "llm.tools.",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "ai.prompt",
)

# Span events and log records that are nothing but content.
_CONTENT_EVENTS = re.compile(
    r"gen_ai\.(system|user|assistant|tool)\.message|gen_ai\.choice|(gen_ai|llm)\.content\.\w+(\.\w+)*"
    r"|gen_ai\.client\.inference\.operation\.details"
)

# Structured text under a name without such a word is a whole request or answer, unless it is a bill or a list of tags.
_STRUCTURES = frozenset({"cost", "metrics", "tags", "usage"})

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")

# Text longer than this is no category, id or class: it is dropped whatever its name.
MAX_TEXT = 1024


@lru_cache(maxsize=8192)
def is_content(name: str) -> bool:
    """Whether text under this name may be content."""
    if name in NAMES or name in _LISTED or name.startswith(_PREFIXES):
        return True
    words = words_of(name)
    return not _WORDS.isdisjoint(words) and words[-1] not in _ABOUT


def is_content_text(name: str, text: str) -> bool:
    """Whether this text under a name that may stay is content all the same: long, or a structure."""
    return len(text) > MAX_TEXT or (text.startswith(("{", "[")) and _STRUCTURES.isdisjoint(words_of(name)))


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case."""
    return tuple(word for word in _NO_WORD.split(_CAMEL.sub("_", name[:512]).lower()) if word)


def is_content_event(name: str) -> bool:
    """Whether all attributes of an event of this name are content."""
    return _CONTENT_EVENTS.fullmatch(name) is not None


def error_class(status_message: str) -> str:
    """What may stay of a status message: the class of the error in front of the colon; the rest may quote content."""
    head = status_message.partition(":")[0].strip()
    return head if re.fullmatch(r"[A-Za-z_][\w.]{0,127}", head) else ""
