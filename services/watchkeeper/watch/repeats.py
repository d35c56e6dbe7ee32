"""What was seen before: exporters retry, and Alertmanager repeats itself."""

from collections import OrderedDict
from hashlib import blake2b

# Longer than any id that a library or a provider makes; only an application, or a hostile sender, makes longer ones.
_LONGEST = 128


class Repeats:
    """Remembers the last ``capacity`` keys; forgetting the oldest is counted in ``forgotten``. No key is "" ever.

    Of a long key only its hash is kept, so that memory is bounded in bytes too.
    """

    def __init__(self, capacity: int) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.capacity = capacity
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._seen)

    def knows(self, key: str) -> bool:
        """True when the key is remembered."""
        return (key if len(key) <= _LONGEST else _hash(key)) in self._seen

    def is_repeat(self, key: str) -> bool:
        """True when the key was seen before; it is remembered from now on. An empty key is never a repeat."""
        if not key:
            return False
        if len(key) > _LONGEST:
            key = _hash(key)
        if key in self._seen:
            self._seen.move_to_end(key)
            return True
        self._seen[key] = None
        if len(self._seen) > self.capacity:
            self._seen.popitem(last=False)
            self.forgotten += 1
        return False


def _hash(key: str) -> str:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
