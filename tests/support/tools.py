"""What tests need of the machine and `make install` does not bring: found for them, installed by `make tools`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from tests.compose.plugins import ensure_compose, find_compose
from tests.support import sid
from tests.support.skips import lack, why_none_is_installed

# Debian keeps programs off the PATH of some users or of all.
_OFF_THE_PATH = ("usr/sbin", "sbin", "usr/lib/postgresql/*/bin")
_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")  # someone else may be installing


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Programs, and the packages of this Debian that bring them; without any they come from Debian sid."""

    programs: tuple[str, ...]
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The programs that are not on this machine."""
        return [program for program in self.programs if _find(program) is None]


DOCKER_CLIENT = Tool(programs=("docker",), packages=("docker.io",))
DOCKER_ENGINE = Tool(programs=("dockerd", "iptables"), packages=("docker.io", "iptables"))
MMDEBSTRAP = Tool(programs=("mmdebstrap",), packages=("mmdebstrap",))
CADDY = Tool(programs=("caddy",))  # Debian 12 has 2.6, which does not know the words of our Caddyfile
VICTORIA_METRICS = Tool(programs=("victoria-metrics",), packages=("victoria-metrics",))
POSTGRES = Tool(programs=("postgres", "initdb", "pg_isready"), packages=("postgresql",))
CHROMIUM = Tool(programs=("chromium",), packages=("chromium",))
TOOLS = (DOCKER_CLIENT, DOCKER_ENGINE, MMDEBSTRAP, CADDY, VICTORIA_METRICS, POSTGRES, CHROMIUM)


def need(tool: Tool) -> dict[str, str]:
    """Return where the programs of a tool are; the test does not run without them."""
    if missing := tool.missing:
        lack(f"{' and '.join(missing)} not found: make tools installs {' '.join(tool.packages) or 'it'}.")
    return {program: str(_find(program)) for program in tool.programs}


def main() -> int:
    """Install what is missing, or say why that is not possible; 0 unless an installation failed."""
    packages = sorted({package for tool in TOOLS if tool.missing for package in tool.packages})
    is_complete = find_compose() is not None and not any(tool.missing for tool in TOOLS if not tool.packages)
    wanted = ", ".join([*packages, *([] if is_complete else sid.WANTED)])
    if not wanted:
        return _say("All tools that tests need are here.")
    if reason := why_none_is_installed():
        return _say(f"Tests that need one of these are skipped: {wanted}. {reason}")
    _say(f"Installing what tests need: {wanted}.")
    _install(packages)
    if still := [program for tool in TOOLS for program in tool.missing]:
        _say(f"Installed, and not found: {', '.join(still)}.")
        return 1
    return 0


def _install(packages: Sequence[str]) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--no-install-recommends", *packages]) if packages else ():
        subprocess.run([*_APT, *command], env=environ, stdout=subprocess.DEVNULL, check=True)
    with sid.exclusive():
        sid.fetch()
        ensure_compose()


def _find(program: str) -> str | None:
    off = [str(folder) for pattern in _OFF_THE_PATH for folder in sorted(Path("/").glob(pattern))]
    fetched = str(sid.unpacked() / "usr" / "bin")
    return shutil.which(program) or shutil.which(program, path=os.pathsep.join([fetched, *off]))


def _say(sentence: str) -> int:
    Console(highlight=False).print(sentence, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
