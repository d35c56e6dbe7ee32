"""A text as it is stored: compressed, and encrypted where there is a key; opened, it is what its name says or an error.

Encrypted by AES-256-GCM with a random nonce (NIST SP 800-38D), bound to the object's name: objects cannot be swapped.
"""

import base64
import binascii
import os
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchkeeper.archive.names import digest_of, parse
from watchkeeper.errors import ArchiveError, ConfigError

_PLAIN, _ENCRYPTED = b"WKA0", b"WKA1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
# No text of ours is longer (config/archive.py): what would unpack to more is none.
MOST_BYTES = 64 * 1024 * 1024


class Sealer:
    """Seals and opens; without a ``secret`` of 32 bytes it only compresses."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._cipher = AESGCM(secret) if secret else None

    def seal(self, key: str, text: str) -> bytes:
        """The bytes of an object."""
        packed = zlib.compress(text.encode("utf-8", "replace"))
        if self._cipher is None:
            return _PLAIN + packed
        nonce = os.urandom(_NONCE_BYTES)
        return _ENCRYPTED + nonce + self._cipher.encrypt(nonce, packed, key.encode())

    def open(self, key: str, sealed: bytes) -> str:
        """The text. Raises: ArchiveError when it was changed, or there is another key or none."""
        name = parse(key)
        try:
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(self._packed(key, sealed), MOST_BYTES).decode("utf-8")
        except (zlib.error, UnicodeDecodeError) as error:
            raise ArchiveError("damaged", f"{key} is damaged") from error
        if name is None or digest_of(text) != name.digest:
            raise ArchiveError("damaged", f"{key} is not the text that it was: its SHA-256 is another")
        return text

    def _packed(self, key: str, sealed: bytes) -> bytes:
        head, rest = sealed[: len(_PLAIN)], sealed[len(_PLAIN) :]
        if head == _PLAIN:
            return rest
        if head != _ENCRYPTED:
            raise ArchiveError("damaged", f"{key} is no archived text")
        if self._cipher is None:
            raise ArchiveError("encrypted", f"{key} is encrypted, and archive.key_file is not set")
        try:
            return self._cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], key.encode())
        except (InvalidTag, ValueError) as error:
            raise ArchiveError("damaged", f"{key} was changed, or encrypted by another key") from error


def read_secret(file: Path) -> bytes:
    """The key of a file: 32 bytes in base64. Raises: ConfigError, without what the file says."""
    problem = f"archive.key_file must be a file with 32 bytes in base64 (openssl rand -base64 32), got {file}"
    try:
        secret = base64.b64decode(file.read_text(encoding="ascii").strip(), validate=True)
    except OSError as error:
        raise ConfigError([f"{problem} ({error.strerror})"]) from error
    except (UnicodeDecodeError, binascii.Error) as error:
        raise ConfigError([f"{problem} with something else"]) from error
    if len(secret) != _KEY_BYTES:
        raise ConfigError([f"{problem} with {len(secret)} bytes"])
    return secret
