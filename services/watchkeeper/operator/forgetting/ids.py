"""The ids that a person names, as lines have them: users by the keyed hash of the exporter."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchkeeper.config.hash_key import FILE
from watchkeeper.engines.trace_lines import is_id
from watchkeeper.errors import OperationError, WatchkeeperError
from watchkeeper.model.ids import keyed_hash
from watchkeeper.operator.forgetting.whose import SESSION, TRACE, USER, Whose
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.choice import Runner

_HASH = re.compile(r"[0-9a-f]{16}\Z")
_VARIABLE = "WATCHKEEPER_USER_HASH_KEY"


def whose(hashes: Sequence[str], sessions: Sequence[str], traces: Sequence[str], tenant: str) -> Whose:
    """Whose lines are meant. Raises: WatchkeeperError for what is no id, and where there is none."""
    for one in hashes:
        if not _HASH.match(one):
            raise WatchkeeperError(f"a user's hash must have 16 digits of 0-9 and a-f, got {one[:80]!r}")
    for one in (*sessions, *traces):
        if not is_id(one):
            raise WatchkeeperError(f"an id must have 1 to 256 characters, all of them visible, got {one[:80]!r}")
    ids = {USER: hashes, SESSION: sessions, TRACE: traces}
    named = {label: tuple(dict.fromkeys(values)) for label, values in ids.items() if values}
    if not named:
        raise WatchkeeperError("name at least one --user, --user-hash, --session or --trace")
    return Whose(ids=named, tenant=tenant)


def hashes_of(users: Sequence[str], data: Path, root: Path, runner: Runner, environ: Mapping[str, str]) -> list[str]:
    """The hashes of users whom applications name so. Raises: OperationError where the exporter's key is not to be had.

    ``data`` is the folder of the local processes, ``root`` that of the containers.
    """
    if not users:
        return []
    if runner is Runner.DOCKER:
        return compose.user_hashes(root, users)
    try:
        key = environ[_VARIABLE].encode() if environ.get(_VARIABLE) else (data / "exporter" / FILE).read_bytes()
    except OSError as error:
        raise OperationError(
            f"the key under which users are hashed cannot be read: {error.filename}: {error.strerror}; "
            "name users by --user-hash, as their log lines have it"
        ) from error
    return [keyed_hash(key, user) for user in users]
