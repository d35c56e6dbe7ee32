"""Running a program to its end, with what it said in the error when it fails."""

import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger("compose")


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    seconds: float = 600,
) -> str:
    """Run to the end and return the output; fails with the last lines of both streams."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ if environ is None else environ,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise AssertionError(f"{' '.join(command[:6])} … ended with code {done.returncode}:\n{said}")
    return done.stdout


def succeeds(command: Sequence[str], *, environ: Mapping[str, str] | None = None, seconds: float = 30) -> bool:
    """Say whether a program ends well, with ``environ`` beside what is there; one that is not installed does not."""
    surroundings = {**os.environ, **(environ or {})}
    try:
        done = subprocess.run(command, env=surroundings, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
