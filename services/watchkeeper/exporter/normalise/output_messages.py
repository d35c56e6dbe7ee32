"""The finish reason that is behind the last output message, where a client reports it nowhere else."""

import re

from watchkeeper.model import AttributeValue

# Long enough for any reason; what is further from the end is content and stays unread.
_TAIL = 120
_REASON = re.compile(r'"finish_reason":\s*"(\w*)"\s*\}\s*\]\Z')


def last_finish_reason(messages: AttributeValue) -> str | None:
    """The reason at the end of ``gen_ai.output.messages``, which may be empty; None when there is none."""
    found = _REASON.search(messages[-_TAIL:]) if isinstance(messages, str) else None
    return found[1] if found else None
