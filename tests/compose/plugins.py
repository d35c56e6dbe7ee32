"""Compose v2 and buildx, which Debian's docker.io does not bring: unpacked from Debian sid into a folder of our own."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compose.commands import log, run, succeeds

from watchkeeper.config.places import engine_cache

# What the tests were written against. Sid moves on: another major version is refused by name.
WANTED = {"docker-compose": "2", "docker-buildx": "0"}

SOURCE = """\
Types: deb
URIs: http://deb.debian.org/debian
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def cache_folder() -> Path:
    """Where the tests keep what they fetch, beside the engines."""
    folder = engine_cache(os.environ).parent / "compose"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def exclusive() -> Iterator[None]:
    """Wait until no other run on this machine uses that folder, or the engine: it would take away what is in use."""
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_compose() -> dict[str, str] | None:
    """Return what the environment must have for `docker compose` and `docker buildx` to work; None without them."""
    own: dict[str, str] = {}
    fetched = {"DOCKER_CONFIG": str(cache_folder() / "docker-config")}
    return next((environ for environ in (own, fetched) if _are_working(environ)), None)


def ensure_compose() -> None:
    """Make `docker compose` and `docker buildx` work for this process; fails naming what is wrong."""
    plugins = cache_folder() / "docker-config" / "cli-plugins"
    if find_compose() is None and not plugins.is_dir():
        _fetch(plugins)
    environ = find_compose()
    assert environ is not None, f"compose and buildx in {plugins} do not run: remove the folder and try again"
    # Only for this process and those it starts: nobody else's Docker changes.
    os.environ.update(environ)


def _are_working(environ: dict[str, str]) -> bool:
    return all(succeeds(["docker", plugin, "version"], environ=environ) for plugin in ("compose", "buildx"))


def _fetch(target: Path) -> None:
    if not shutil.which("apt-get"):
        raise AssertionError("Docker has no compose v2 plugin; here is no apt-get to fetch it with: install it")
    log.info("fetching compose and buildx from Debian sid")
    work = cache_folder() / "sid"
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("sources", "lists/partial", "cache/archives/partial", "unpacked"):
        (work / folder).mkdir(parents=True)
    (work / "sources" / "sid.sources").write_text(SOURCE, encoding="utf-8")
    options = [
        "-o", "Dir::Etc::sourcelist=/dev/null",
        "-o", f"Dir::Etc::sourceparts={work}/sources",
        "-o", f"Dir::State::Lists={work}/lists",
        "-o", f"Dir::Cache={work}/cache",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip
    run(["apt-get", *options, "-qq", "update"])
    run(["apt-get", *options, "-qq", "download", *WANTED], folder=work)
    for package, major in WANTED.items():
        [archive] = work.glob(f"{package}_*.deb")
        version = archive.name.split("_")[1]
        assert version.startswith(f"{major}."), f"Debian sid has {package} {version}, wanted {major}.x"
        run(["dpkg", "-x", str(archive), str(work / "unpacked")])
    shutil.copytree(work / "unpacked" / "usr" / "libexec" / "docker" / "cli-plugins", target)
    shutil.rmtree(work)
