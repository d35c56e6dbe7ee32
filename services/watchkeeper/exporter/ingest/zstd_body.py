"""Bodies in Zstandard (RFC 8878), which OpenTelemetry Collectors and agents of clouds may be told to send."""

import sys
from collections.abc import Callable, Iterator

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

__all__ = ["ZstdError", "ZstdInflater"]

# 8 MiB, as RFC 8878 recommends for those who take what anyone sends (section 3.1.1.1.2).
_WINDOW: dict[int, int] = {DecompressionParameter.window_log_max: 23}


class ZstdInflater:
    """Inflates all frames of a body, ``chunk`` bytes at a time at most; ``take`` reserves them."""

    def __init__(self, take: Callable[[int], None], chunk: int, at_once: int) -> None:
        self.chunks: list[bytes] = []
        self._take = take
        self._chunk = chunk
        self._at_once = at_once
        self._size = 0
        self._frame = ZstdDecompressor(options=_WINDOW)

    @property
    def is_complete(self) -> bool:
        """Whether what came so far may be all."""
        return self._frame.eof

    def inflate(self, compressed: bytes) -> Iterator[int]:
        """Take a piece of what was sent; yield the size of the whole every so often.

        Raises: ZstdError when it is not what it should be.
        """
        paused_at, waiting = self._size, compressed
        while waiting or not (self._frame.needs_input or self._frame.eof):
            if self._frame.eof:
                self._frame = ZstdDecompressor(options=_WINDOW)
            inflated = self._frame.decompress(waiting, self._chunk)
            self._take(len(inflated))
            self._size += len(inflated)
            self.chunks.append(inflated)
            waiting = self._frame.unused_data if self._frame.eof else b""
            if self._size - paused_at >= self._at_once:
                paused_at = self._size
                yield self._size
        yield self._size
