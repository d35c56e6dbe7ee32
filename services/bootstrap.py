"""Puts uv, at the pinned version, into .tools/uv: the only thing `make` needs beside Python itself.

Run by any python3 that is there, also one that is too old for the project, so that it can say so:
nothing here is newer than Python 3.6 or outside the standard library.
"""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

UV_VERSION = "0.13.8"
LOWEST_PYTHON = (3, 11)
HASHES = Path(__file__).resolve().parent / "requirements-uv.txt"
FOLDER = Path(__file__).resolve().parent.parent / ".tools" / "uv"


def main() -> int:
    """Fetch uv unless it is there; the exit code says whether it is there now."""
    if sys.version_info < LOWEST_PYTHON:
        have = ".".join(str(part) for part in sys.version_info[:2])
        return fail(f"Python 3.11 or newer is needed, {sys.executable} is {have}: name a newer one, make PYTHON=...")
    if installed_version() == UV_VERSION:
        return 0
    try:
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        lock = (FOLDER.parent / "uv.lock").open("w")
    except OSError as problem:
        return fail(
            f"{problem.filename} cannot be written ({problem.strerror}): own the project's folder, or make UV=uv."
        )
    with lock:
        hold(lock)
        # Whoever held it may have fetched it.
        return 0 if installed_version() == UV_VERSION else fetch()


def hold(lock: TextIO) -> None:
    """Wait until no other command fetches it: each would remove what the other has so far."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stdout.write("Another command fetches uv here; waiting for it.\n")
        sys.stdout.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)


def fetch() -> int:
    """Fetch uv one way or the other; the exit code says whether it is there."""
    sys.stdout.write(f"Fetching uv {UV_VERSION} from PyPI into .tools/uv\n")
    sys.stdout.flush()
    if by_venv() or by_target():
        return 0
    return fail(
        f"uv {UV_VERSION} could not be fetched: install python3-venv or python3-pip and see that PyPI can be "
        "reached, or install uv yourself and run `make UV=uv`."
    )


def by_venv() -> bool:
    """Install into an environment of its own; Debian ships Python without this module."""
    shutil.rmtree(str(FOLDER), ignore_errors=True)
    python = str(FOLDER / "bin" / "python")
    return run(sys.executable, "-m", "venv", str(FOLDER)) and install(python)


def by_target() -> bool:
    """Install into the same place with this Python's own pip."""
    shutil.rmtree(str(FOLDER), ignore_errors=True)
    return install(sys.executable, "--target", str(FOLDER))


def install(python: str, *options: str) -> bool:
    """Run pip for the one pinned package, whose file must have one of the known hashes."""
    return run(python, "-m", "pip", "install", "--quiet", *options, "--require-hashes", "-r", str(HASHES))


def run(*command: str) -> bool:
    """Run a command; what it said is shown only when it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # noqa: S603 our own command
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
    return done.returncode == 0


def installed_version() -> str:
    """Return the version of the uv that is there, or nothing."""
    try:
        answer = subprocess.check_output([str(FOLDER / "bin" / "uv"), "--version"])  # noqa: S603 our own command
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.decode().split()[1]


def fail(sentence: str) -> int:
    """Say what to do, and return the exit code for it."""
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
