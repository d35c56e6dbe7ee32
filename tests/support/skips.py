"""The only two ways for a test not to run: it cannot here, or it lacks something, which CI does not excuse.

``.ci/run`` collects what each run of pytest skipped in the file that ``WATCHKEEPER_SKIPS`` names, and prints it last.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

COLLECTED_IN = "WATCHKEEPER_SKIPS"

# What is raised for it.
Skipped = pytest.skip.Exception  # noqa: TID251  the one place


def skip(reason: str) -> NoReturn:
    """Leave a test out for a reason that this machine cannot fix."""
    pytest.skip(reason)  # noqa: TID251  the one place


def lack(reason: str) -> NoReturn:
    """Leave a test out for want of something that may be had; in CI, where it can be installed, the test fails."""
    why_none = why_none_is_installed()
    if os.environ.get("CI") and not why_none:
        pytest.fail(f"{reason} Here it can be fixed, so in CI it is no reason to skip.")
    pytest.skip(f"{reason} {why_none}".rstrip())  # noqa: TID251  the one place


def why_none_is_installed() -> str:
    """Return why packages cannot be installed here, as a sentence; empty when they can."""
    if os.getuid() != 0:
        return "Only root can install packages."
    if not shutil.which("apt-get"):
        return "Here is no apt-get to install packages."
    return ""


def collect(reports: Iterable[pytest.TestReport], environ: Mapping[str, str]) -> None:
    """Add skipped tests to the file that the environment names: a line for each reason in each file of tests."""
    if COLLECTED_IN not in environ:
        return
    counts = Counter((report.nodeid.partition("::")[0], _reason(report)) for report in reports)
    with Path(environ[COLLECTED_IN]).open("a", encoding="utf-8") as file:
        file.writelines(f"{count} of {tests}: {reason}\n" for (tests, reason), count in counts.items())


def _reason(report: pytest.TestReport) -> str:
    # A skipped test has its place and "Skipped: " with the reason.
    return str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else report.outcome
