"""Secrets as files: can those who need them read them, in containers and as local processes?"""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.config import fast_yaml
from watchkeeper.config.load import load_file
from watchkeeper.config.receivers import secret_files
from watchkeeper.config.setup import with_settings
from watchkeeper.operator.doctor.finding import Finding, fine, warning, wrong

# Alertmanager and the setup service; its group is root's. Source: docker-compose.yml.
ALERTMANAGER_UID = 65534
ALERTMANAGER_GID = 0

_NOT_SECRET = {"README.md", ".gitkeep"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Owner, group and permission bits of a file or a folder."""

    uid: int
    gid: int
    bits: int

    def lets(self, uid: int, gid: int, wanted: int) -> bool:
        """Whether these bits (of 0o7) are given to a user without capabilities."""
        if uid == self.uid:
            return self.bits >> 6 & wanted == wanted
        if gid == self.gid:
            return self.bits >> 3 & wanted == wanted
        return self.bits & wanted == wanted


def mode_of(path: Path) -> Mode:
    """What the file system says."""
    status = path.stat()
    return Mode(uid=status.st_uid, gid=status.st_gid, bits=stat.S_IMODE(status.st_mode))


def wanted_names(root: Path, config_file: Path) -> list[str]:
    """The names of all secrets that alertmanager.yml and the teams of watchkeeper.yml look for."""
    settings = load_file(config_file)
    shipped = fast_yaml.load((root / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    config = with_settings(shipped, settings, root / "secrets")
    return sorted({Path(file).name for file in secret_files(config)})


def files_below(folder: Path) -> Iterator[Path]:
    """Every secret that lies in the folder."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and path.name not in _NOT_SECRET:
            yield path


def check_in_docker(folder: Mode, files: Mapping[str, Mode]) -> Iterator[Finding]:
    """Compose keeps owner and mode of the host, so these decide what uid 65534 may read."""
    if not folder.lets(ALERTMANAGER_UID, ALERTMANAGER_GID, 0o5):
        yield wrong(
            "Secrets",
            f"the folder (mode {folder.bits:o}) keeps Alertmanager's uid {ALERTMANAGER_UID} out",
            "Run make secrets.",
        )
    for name, mode in files.items():
        if not mode.lets(ALERTMANAGER_UID, ALERTMANAGER_GID, 0o4):
            message = f"{name} (mode {mode.bits:o}) cannot be read by Alertmanager's uid {ALERTMANAGER_UID}"
            yield wrong("Secrets", message, "Run make secrets.")


def check_here(folder: Path, names: list[str]) -> Iterator[Finding]:
    """Local processes run as the user who asks."""
    for path in (folder / name for name in names):
        if path.exists() and not os.access(path, os.R_OK):
            yield wrong("Secrets", f"{path.name} cannot be read by you", f"Run chmod u+r {path}, as its owner.")


def check_content(folder: Path, names: list[str]) -> Iterator[Finding]:
    """An empty file is no secret, and one with a name that nothing looks for is used by no one."""
    for path in files_below(folder):
        if path.name not in names:
            message = f"{path.name} is a name that nothing looks for"
            yield warning("Secrets", message, f"Rename it to one of {', '.join(names)}, or remove it.")
        elif path.stat().st_size == 0:
            yield wrong("Secrets", f"{path.name} is empty", f"Write its value into {path}, or remove it.")


def summed_up(found: list[Finding], count: int) -> list[Finding]:
    """The findings, or one that says that there is nothing to find."""
    return found or [fine("Secrets", f"{count} files, all readable by who needs them")]
