"""Which deliveries of webhooks were taken: their ids, over a restart and a crash, so that none is taken again."""

from collections.abc import Iterator, Mapping

import msgspec

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.repeats import Repeats

# Those of five minutes, which a signature is good for, are a few.
_MOST = 4096
_NAME = "webhooks"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[str]).decode


class Deliveries:
    """The last ones, bounded."""

    def __init__(self, capacity: int = _MOST) -> None:
        self._known = Repeats(capacity)

    def is_repeat(self, id_: str) -> bool:
        """True when a delivery with this id was taken; from now on it was."""
        return self._known.is_repeat(key_of("", id_))

    def saved(self) -> dict[str, bytes]:
        """All of it, to be saved with the counters; nothing where there is nothing."""
        return {_NAME: _encode(list(self._known))} if len(self._known) else {}

    def resume(self, saved: Mapping[str, bytes]) -> Iterator[str]:
        """Know what was saved, too; yield what cannot be read."""
        try:
            keys = _decode(saved[_NAME]) if saved.get(_NAME) else []
        except msgspec.DecodeError as error:
            yield f"which webhooks were taken cannot be read: {error}"
            return
        for key in keys:
            self._known.is_repeat(key)
