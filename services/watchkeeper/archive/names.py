"""What an archived text is called: the day, hashes of whose it is, and the SHA-256 of the text itself. Pure.

Whose it is stands in the name, so that nothing has to be opened, and no index kept, to forget a person. The same text
of two people is two objects for that reason.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

_DIGITS = 16
# In the place of an id that nobody named.
NO_ONE = "0" * _DIGITS
_KEY = re.compile(r"(\d{4}-\d{2}-\d{2})/([0-9a-f]{16})\.([0-9a-f]{16})\.([0-9a-f]{16})\.([0-9a-f]{16})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectName:
    """``user`` is the user's hash as on log lines, the others are ``short`` of their ids; ``digest`` is of the text."""

    day: str
    tenant: str
    user: str
    session: str
    trace: str
    digest: str

    @property
    def key(self) -> str:
        """The name as lines refer to it, and as stores know it."""
        return f"{self.day}/{self.tenant}.{self.user}.{self.session}.{self.trace}.{self.digest}"


def parse(key: str) -> ObjectName | None:
    """The parts of a key; None for what is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    day, tenant, user, session, trace, digest = found.groups()
    return ObjectName(day=day, tenant=tenant, user=user, session=session, trace=trace, digest=digest)


def short(an_id: str) -> str:
    """The first 64 bits of the SHA-256 of an id, which may have any characters; NO_ONE for none."""
    return digest_of(an_id)[:_DIGITS] if an_id else NO_ONE


def digest_of(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def day_of(at: float) -> str:
    """The day of Unix seconds in UTC, which is the folder."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
