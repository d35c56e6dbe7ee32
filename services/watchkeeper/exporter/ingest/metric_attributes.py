"""Which attributes a metric may have: none that names a person, a conversation or a single call, and few values each.

Every value of an attribute is a series in Prometheus for as long as the sender lives. Applications put ids of users
and sessions on metrics (OpenLLMetry does so by itself), so names decide first, and caps catch what names do not show.
"""

import re
from collections.abc import Callable, Iterator, MutableSequence
from functools import lru_cache
from typing import Any

OTHER = "other"

# Names as words joined by _, so that user.id, user-id, userId and x.user_id are one; matched at the end of the name.
GUARDED = {
    "user": r"(end_?)?user(_(id|name|email|hash|full_name|key))?|user_api_key(_\w+)?|customer_id|e?mail(_address)?"
    r"|client_(ip|address)|user_agent(_original)?",
    "session": r"session(_(id|name|key))?|previous_session_id",
    "conversation": r"(conversation|thread|chat|dialog(ue)?)(_id)|conversation",
    "trace": r"(trace|span|parent)_id|traceparent",
    "request": r"(request|correlation|invocation|call|run|execution|idempotency|event)_(id|key)",
    "response": r"(response|completion|generation|choice|batch)_id",
    "message": r"(message|msg|document|doc|chunk|file|upload)_id",
    "url": r"url_(full|query|path|original)|http_(url|target)",
}
_GUARDS = {kind: re.compile(rf"(?:.*_)?(?:{pattern})\Z") for kind, pattern in GUARDED.items()}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def guarded_kind(name: str) -> str:
    """What an attribute of this name identifies (user, session, …), or nothing when it may stay."""
    words = _NO_WORD.sub("_", _CAMEL.sub("_", name[:256]).lower()).strip("_")
    return next((kind for kind, pattern in _GUARDS.items() if pattern.match(words)), "")


def drop_guarded(attributes: MutableSequence[Any]) -> Iterator[str]:
    """Remove the attributes whose names are guarded, and yield what kind each was."""
    for position in range(len(attributes) - 1, -1, -1):
        if kind := guarded_kind(attributes[position].key):
            del attributes[position]
            yield kind


def cap_values(attributes: MutableSequence[Any], admits: Callable[[str, str], bool]) -> int:
    """Replace values without a place by ``other``; return how many. ``admits`` gets the name and the value."""
    replaced = 0
    for attribute in attributes:
        if not admits(attribute.key, value_text(attribute.value)):
            attribute.value.Clear()
            attribute.value.string_value = OTHER
            replaced += 1
    return replaced


def value_text(value: Any) -> str:
    """An AnyValue as text that distinguishes it from others: itself if it is text, else its bytes."""
    if value.HasField("string_value"):
        return str(value.string_value)
    return str(value.SerializeToString().hex())
