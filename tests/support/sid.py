"""Programs that this Debian has not, or not new enough: unpacked from Debian sid into a folder of our own."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compose.commands import log, run

from watchkeeper.config.places import engine_cache

# What the tests were written against. Sid moves on: another major version is refused by name.
WANTED = {"docker-compose": "2", "docker-buildx": "0", "caddy": "2"}

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


def unpacked() -> Path:
    """The root of what was unpacked; the name reports what must be there."""
    return cache_folder() / "-".join(["sid", *(f"{package}{major}" for package, major in WANTED.items())])


def fetch() -> None:
    """Unpack all that is wanted, where that has not been done; fails naming what is wrong."""
    if unpacked().is_dir():
        return
    assert shutil.which("apt-get"), f"here is no apt-get to fetch {', '.join(WANTED)} with: install them"
    log.info("fetching %s from Debian sid", ", ".join(WANTED))
    work = cache_folder() / "sid"
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("sources", "lists/partial", "cache/archives/partial", "unpacked"):
        (work / folder).mkdir(parents=True)
    (work / "sources" / "sid.sources").write_text(SOURCE, encoding="utf-8")
    _download(work)
    for package, major in WANTED.items():
        [archive] = work.glob(f"{package}_*.deb")
        version = archive.name.split("_")[1]
        assert version.startswith(f"{major}."), f"Debian sid has {package} {version}, wanted {major}.x"
        run(["dpkg", "-x", str(archive), str(work / "unpacked")])
    (work / "unpacked").rename(unpacked())
    shutil.rmtree(work)


def _download(work: Path) -> None:
    options = [
        "-o", "Dir::Etc::sourcelist=/dev/null",
        "-o", f"Dir::Etc::sourceparts={work}/sources",
        "-o", f"Dir::State::Lists={work}/lists",
        "-o", f"Dir::Cache={work}/cache",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip
    run(["apt-get", *options, "-qq", "update"])
    run(["apt-get", *options, "-qq", "download", *WANTED], folder=work)
