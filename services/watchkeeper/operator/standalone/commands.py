"""Running other programs: output as lines while it comes, and the last of them when it went wrong."""

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_KEPT_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Exit code, whole standard output, and the last lines of standard error."""

    code: int
    output: str
    last_lines: tuple[str, ...]

    @property
    def message(self) -> str:
        """What the program said last, for an error sentence."""
        return self.last_lines[-1] if self.last_lines else f"exit code {self.code}"


def ask(command: Sequence[str], *, timeout_seconds: float, said: str = "") -> Outcome:
    """Run a short command, which may read what is ``said``; a missing program or a hang is an outcome, no exception."""
    try:
        done = subprocess.run(  # noqa: S603 every command is made in this package
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
            input=said or None,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Outcome(code=127, output="", last_lines=(str(problem),))
    return Outcome(code=done.returncode, output=done.stdout, last_lines=_last(done.stderr.splitlines()))


def follow(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
) -> Outcome:
    """Run a long command and hand over each line as it appears (both streams, in order)."""
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(  # noqa: S603 every command is made in this package
        command,
        cwd=folder,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            kept.append(line.rstrip())
            on_line(line.rstrip())
    return Outcome(code=process.returncode, output="", last_lines=_last(list(kept)))


def _last(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line.strip())[-_KEPT_LINES:]
