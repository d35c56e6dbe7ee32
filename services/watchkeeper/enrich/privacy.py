"""Users are never named: their id becomes a keyed hash, the same for the same user and useless without the key."""

import hashlib
import hmac

import msgspec

from watchkeeper.model import Context

_HEX_DIGITS = 16  # 64 bits: no two of a million users share one by chance (p < 1e-7)


class UserHasher:
    """Replaces ``user_id`` by ``user_hash``: the first 64 bits of HMAC-SHA-256 under ``key``."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def anonymise(self, context: Context) -> Context:
        """Return the context without the user's id."""
        if not context.user_id:
            return context
        digest = hmac.new(self._key, context.user_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return msgspec.structs.replace(context, user_id="", user_hash=digest[:_HEX_DIGITS])
