"""What of an attribute a forwarded copy without content has: by a list of what may pass, not of what may not.

Text passes under a name that is in a namespace of telemetry and ends as names of kinds, ids, models, states and places
do; whatever else there is, and whatever comes with the next release of a library, does not. What passes has no keys and
no e-mail addresses in it; ids of users become the hashes that log lines have.
"""

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from watchkeeper.exporter.enrich.secrets import without_keys
from watchkeeper.exporter.ingest.metric_attributes import guarded_kind
from watchkeeper.exporter.sinks.content_names import error_class, is_content, is_content_text, words_of

Hash = Callable[[str], str]


class Rule(Enum):
    """What may pass under a name."""

    TEXT = "text"  # and numbers
    CLASS = "class"  # of an error: a name without a sentence behind it
    NUMBERS = "numbers"  # counts, amounts and flags alone
    USER = "user"  # the hash of an id
    NOTHING = "nothing"


# The first words of names: the standard's, and those of the libraries that write for LLMs.
_NAMESPACES = frozenset(
    """
    agent ai aws az azure client cloud code container cost db deployment device embedding env environment error event
    exception faas gcp gen genkit host http input k8s langfuse langgraph langsmith litellm llm logfire ls mcp messaging
    mlflow model network openai openinference openlit operation os otel output peer process provider pydantic reranker
    retrieval rpc server service session span stream task telemetry tenant thread tool trace traceloop vector workflow
    anthropic graph conversation run spring usage team final
    """.split()  # noqa: SIM905  # a hundred quotes hide the words
)

# The last words of names under which there are no sentences, no people and no keys.
_LAST = frozenset(
    """
    address arch class code count details duration effort environment family finish format function host id ids index
    instance kind language length level mime mode model name namespace operation path phase platform port protocol
    provider reason reasons region role route runtime scheme score size source state status stream system tags team
    tenant tier time timestamp tokens tool type types unit uri version workflow zone
    """.split()  # noqa: SIM905  # as above
)

# Words of names that are never passed on as text, whatever stands around them.
_NEVER = frozenset(
    """
    authorization bearer cookie cookies credential credentials customer email enduser goal goals header headers mail
    password passwd person phone secret secrets user users username
    """.split()  # noqa: SIM905  # as above
)

# Below these an application writes what it likes: only what is known of it passes.
_OWN = frozenset({"association", "attributes", "labels", "metadata", "properties"})
_KNOWN_OWN = frozenset({"session", "conversation", "trace", "request"})
_KNOWN_OWN_LAST = frozenset({"provider", "model", "version", "environment", "tier"})

_PERSONAL = frozenset({"email", "mail", "phone", "name"})
_ERROR_TYPES = re.compile(r"(?:.*[._])?(?:error|exception)[._](?:type|class|name|code)\Z")


@lru_cache(maxsize=8192)
def rule_of(name: str) -> Rule:
    """What may pass under this name."""
    words = words_of(name)
    if guarded_kind(name) == "user":
        return Rule.NOTHING if not _PERSONAL.isdisjoint(words) else Rule.USER
    if _ERROR_TYPES.match(name):
        return Rule.CLASS
    if is_content(name) or not words or words[0] not in _NAMESPACES or words[-1] not in _LAST:
        return Rule.NUMBERS
    if not _NEVER.isdisjoint(words):
        return Rule.NUMBERS
    is_own = not _OWN.isdisjoint(words)
    if is_own and guarded_kind(name) not in _KNOWN_OWN and words[-1] not in _KNOWN_OWN_LAST:
        return Rule.NUMBERS
    return Rule.TEXT


def passing_text(name: str, text: str, hash_user: Hash) -> str | None:
    """What passes of a text under this name; None where nothing does."""
    rule = rule_of(name)
    if rule is Rule.USER:
        return hash_user(text)
    if rule is Rule.CLASS:
        return error_class(text) or None
    if rule is not Rule.TEXT or is_content_text(name, text):
        return None
    return without_keys(text)


def passes_as_number(name: str) -> bool:
    """Whether a count, an amount or a flag under this name passes as it is."""
    return rule_of(name) not in (Rule.USER, Rule.NOTHING)
