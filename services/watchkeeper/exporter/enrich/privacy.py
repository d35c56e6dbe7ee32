"""Users are never named: their id becomes a keyed hash, the same for the same user and useless without the key."""

import msgspec

from watchkeeper.model import Context
from watchkeeper.model.ids import keyed_hash


class UserHasher:
    """Replaces ``user_id`` by ``user_hash``: the first 64 bits of HMAC-SHA-256 under ``key``."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def anonymise(self, context: Context) -> Context:
        """Return the context without the user's id."""
        if not context.user_id:
            return context
        return msgspec.structs.replace(context, user_id="", user_hash=self.hash(context.user_id))

    def hash(self, text: str) -> str:
        """The keyed hash of an id: 16 hexadecimal digits."""
        return keyed_hash(self._key, text)
