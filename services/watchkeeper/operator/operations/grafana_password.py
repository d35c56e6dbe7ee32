"""`watchkeeper reset-password`: a new password for Grafana's user admin, in its volume and in Grafana's database."""

from collections.abc import Sequence
from pathlib import Path

from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.commands import ask

PASSWORD_FILE = "/run/grafana-password/admin_password"  # noqa: S105 a path

# Grafana opens its database, and a cold one is migrated first.
_ANSWER_SECONDS = 120.0

# By standard input: an argument could be read in the list of processes.
_SET_PASSWORD = (
    f"grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin < {PASSWORD_FILE}"
)


def reset_password(root: Path) -> str:
    """Make, store and set a new password, and return it.

    Raises: OperationError when a container refuses; the old password may hold then, and a second run fixes it.
    """
    _compose(root, ["run", "--rm", "--no-deps", "-T", "setup", "new-password"])
    _compose(root, ["exec", "-T", "grafana", "sh", "-c", _SET_PASSWORD])
    return read_password(root)


def read_password(root: Path) -> str:
    """The password as the setup service left it."""
    return compose.read_file(root, "grafana", PASSWORD_FILE).decode().strip()


def _compose(root: Path, arguments: Sequence[str]) -> None:
    outcome = ask(["docker", "compose", "--project-directory", str(root), *arguments], timeout_seconds=_ANSWER_SECONDS)
    if outcome.code != 0:
        raise OperationError(f"Grafana has its old password: docker compose {arguments[0]} said: {outcome.message}")
