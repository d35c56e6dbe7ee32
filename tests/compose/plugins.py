"""Compose v2 and buildx, which Debian's docker.io does not bring: the machine's, or those of Debian sid."""

import os

from tests.compose.commands import succeeds
from tests.support import sid


def find_compose() -> dict[str, str] | None:
    """Return what the environment must have for `docker compose` and `docker buildx` to work; None without them."""
    own: dict[str, str] = {}
    fetched = {"DOCKER_CONFIG": str(sid.unpacked() / "usr" / "libexec" / "docker")}
    return next((environ for environ in (own, fetched) if _are_working(environ)), None)


def ensure_compose() -> None:
    """Make `docker compose` and `docker buildx` work for this process; fails naming what is wrong."""
    if find_compose() is None:
        sid.fetch()
    environ = find_compose()
    assert environ is not None, f"compose and buildx in {sid.unpacked()} do not run: remove the folder and try again"
    # Only for this process and those it starts: no one else's Docker changes.
    os.environ.update(environ)


def _are_working(environ: dict[str, str]) -> bool:
    return all(succeeds(["docker", plugin, "version"], environ=environ) for plugin in ("compose", "buildx"))
