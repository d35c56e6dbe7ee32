"""One vocabulary of failure, from whatever a client library calls it.

``error_type`` is one of: rate_limited, timeout, auth, context_length, content_filtered, cancelled, server, other.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from watchkeeper.model import Status

# What throttling sounds like even where it counts tokens: Bedrock's "Too many tokens, please wait before trying again".
_THROTTLED = re.compile(
    r"throttl|too many tokens.{0,40}\b(wait|try(ing)? again|per (day|min))|tokens? per (day|min)|\bTPM\b", re.IGNORECASE
)
# The first pattern that is found wins: a context-length error is also a bad request, a 429 also a client error.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("rate_limited", _THROTTLED),
    (
        "context_length",
        re.compile(
            r"context.?(length|window)|maximum (context|number of token)|(prompt|input) is too long|too many tokens",
            re.IGNORECASE,
        ),
    ),
    ("content_filtered", re.compile(r"content.?(filter|policy)|responsible.?ai|safety|blocked", re.IGNORECASE)),
    (
        "rate_limited",
        re.compile(r"rate.?limit|too.?many.?requests|resource.?exhausted|\b429\b|quota|throttl", re.IGNORECASE),
    ),
    ("timeout", re.compile(r"time.?out|timed out|deadline|\b408\b|\b504\b", re.IGNORECASE)),
    ("auth", re.compile(r"auth|permission|forbidden|api.?key|credential|\b401\b|\b403\b", re.IGNORECASE)),
    ("cancelled", re.compile(r"cancel|abort|generatorexit|keyboardinterrupt|\b499\b", re.IGNORECASE)),
    ("server", re.compile(r"server|overload|unavailable|connection|\b5\d\d\b|internal", re.IGNORECASE)),
)
_STATUS_OF: dict[str, Status] = {
    "rate_limited": "rate_limited",
    "timeout": "timeout",
    "content_filtered": "content_filtered",
    "cancelled": "cancelled",
}
ERROR_TYPES = frozenset({*(name for name, _ in _PATTERNS), "other"})

# What a class or a code leaves open: text says whether a request that a provider refused, or failed at, was too long.
_VAGUE = frozenset({"other", "server"})
_FILTERED_REASONS = frozenset({"content_filter", "content_filtered", "safety", "refusal_filter", "recitation"})
_MAX_MESSAGE = 400


@lru_cache(maxsize=1024)  # errors repeat, above all during an outage; the key is cut to a bounded length
def _classify(evidence: str) -> str:
    return next((name for name, pattern in _PATTERNS if pattern.search(evidence)), "other")


def classify(*evidence: str) -> str:
    """Name the error from its class, code and message, in this order; only what is in them is concluded.

    A class or a code that says what it is decides before any text: a message may name what the error is not.
    """
    parts = [part[:_MAX_MESSAGE] for part in evidence if part]
    named = next((name for part in parts[:-1] if (name := _classify(part)) not in _VAGUE), "")
    return named or _classify(" ".join(parts)[:_MAX_MESSAGE])


def status_of(error_type: str) -> Status:
    """The call's status for an error type."""
    return _STATUS_OF.get(error_type, "error")


def judge(
    *, has_failed: bool, error_class: str, evidence: Sequence[str], finish_reasons: Sequence[str]
) -> tuple[Status, str]:
    """Return (status, error type) of an operation; the error type is empty when it went well.

    A stream that was cut off is often reported as success with the finish reason ``error``.
    """
    if has_failed or error_class:
        error_type = classify(error_class, *evidence)
        return status_of(error_type), error_type
    if "error" in finish_reasons:
        return "error", "server"
    if not _FILTERED_REASONS.isdisjoint(finish_reasons):
        return "content_filtered", "content_filtered"
    return "ok", ""
