"""The newest release of the packages that have the price tables, fetched by uv from the index of this machine.

Nothing of them is run: one is read as JSON, the other as the text of its source.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from watchkeeper.errors import OperationError

NAMES = ("genai-prices", "litellm")
# One of them has 45 MB.
_FETCH_SECONDS = 600.0
# How uv draws the chain of causes.
_MARKS = re.compile(r"^[^A-Za-z0-9`]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One release: its version, the day it was published, and the folder in which it was unpacked."""

    version: str
    published: date
    folder: Path


def fetch(into: Path, names: tuple[str, ...] = NAMES) -> dict[str, Package]:
    """Unpack the newest release of each package below ``into``, checked by the hashes of the index.

    Raises: OperationError when they cannot be had.
    """
    lock = into / "pylock.toml"
    wanted = into / "wanted.txt"
    wanted.write_text("\n".join(names) + "\n", encoding="utf-8")
    only_wheels = ("--no-deps", "--only-binary", ":all:")
    _uv("pip", "compile", "--format", "pylock.toml", "--output-file", str(lock), *only_wheels, str(wanted), folder=into)
    releases = {one["name"]: one for one in tomllib.loads(lock.read_text(encoding="utf-8"))["packages"]}
    unpacked = into / "unpacked"
    _uv(
        "pip",
        "install",
        "--target",
        str(unpacked),
        "--require-hashes",
        *only_wheels,
        "--requirements",
        str(lock),
        folder=into,
    )
    return {name: _package(releases[name], unpacked) for name in names}


def _package(release: dict[str, Any], folder: Path) -> Package:
    uploaded = release["wheels"][0].get("upload-time")
    # an index that does not say when has it since today at the latest
    return Package(version=release["version"], published=uploaded.date() if uploaded else date.today(), folder=folder)  # noqa: DTZ011


def _uv(*arguments: str, folder: Path) -> None:
    """Run uv outside of the project, whose settings are about other packages."""
    command = [_program(), *arguments, "--quiet", "--python", sys.executable]
    try:
        done = subprocess.run(  # noqa: S603  # uv itself
            command, cwd=folder, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise OperationError(f"The price tables cannot be fetched: {problem}") from problem
    if done.returncode != 0:
        raise OperationError(f"The price tables cannot be fetched: {_last_words(done.stderr)}")


def _last_words(said: str) -> str:
    """What uv said, in one line: what failed is the first of it, and the cause the last."""
    lines = [text for line in said.splitlines() if (text := _MARKS.sub("", line).strip())]
    return ": ".join(dict.fromkeys((lines[0].removeprefix("error: "), lines[-1]))) if lines else "uv gave no reason"


def _program() -> str:
    """The uv that runs this, else one on the path; `make` has one of its own."""
    found = os.environ.get("UV") or shutil.which("uv")
    if not found:
        raise OperationError("uv must be there to fetch the price tables, got none: use make prices")
    return found
