"""The key under which users are hashed: the same over restarts, known to no one else."""

import os
import secrets
from pathlib import Path

from watchkeeper.errors import ConfigError

FILE = "user_hash.key"
_BYTES = 32


def user_hash_key(configured: str, state_dir: Path | None) -> bytes:
    """The key from the environment, else one made once and kept in the state directory, else one for this run.

    Raises: ConfigError when the state directory cannot be used.
    """
    if configured:
        return configured.encode()
    if state_dir is None:
        return secrets.token_bytes(_BYTES)
    try:
        return _kept_key(state_dir)
    except OSError as error:
        problem = f"environment: WATCHKEEPER_STATE_DIR must be a directory that can be written to, got {state_dir}"
        raise ConfigError([f"{problem} ({error.strerror})"]) from error


def _kept_key(state_dir: Path) -> bytes:
    file = state_dir / FILE
    if not (file.exists() and file.stat().st_size >= _BYTES):
        state_dir.mkdir(parents=True, exist_ok=True)
        unfinished = state_dir / f"{FILE}.new"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(secrets.token_bytes(_BYTES))
        unfinished.replace(file)
    return file.read_bytes()
