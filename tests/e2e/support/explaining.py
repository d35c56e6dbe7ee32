"""The analyzer with its job that explains changes, at the pace and over the windows of a bundle in shortened time.

    python -m tests.e2e.support.explaining

It is a process of its own, as the analyzer is: who answers customers does not keep it waiting.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from tests.e2e.support.stack import PROJECT, TIME_SCALE, Stack

from watchkeeper.analyzer.app import build_app
from watchkeeper.analyzer.explained.windows import Explained, windows_of
from watchkeeper.analyzer.jobs.explanations import explanations
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.config import load_config
from watchkeeper.engines.windows import Window
from watchkeeper.serving.listener import listen, run

_WINDOWS = "watchkeeper.analyzer.jobs.explanations.windows_of"


@contextmanager
def explaining(stack: Stack) -> Iterator[None]:
    """Run it at the place of the bundle's analyzer until the block ends."""
    prometheus, port = stack.url("prometheus", ""), str(stack.ports["analyzer"])
    environ = {**os.environ, "WATCHKEEPER_PROMETHEUS_URL": prometheus, "WATCHKEEPER_PORT": port}
    command = [sys.executable, "-m", "tests.e2e.support.explaining"]
    with subprocess.Popen(command, env=environ, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def _jobs(parts: Parts) -> list[Job]:
    return [replace(explanations(parts), schedule=every(1))]


def _shortened(explained: Explained, since: float, now: float) -> Iterator[tuple[Window, Window]]:
    """The windows that the rules compare where their time is shortened."""
    for before, after in windows_of(explained, since * TIME_SCALE, now * TIME_SCALE):
        yield _short(before), _short(after)


def _short(window: Window) -> Window:
    return Window(start=window.start / TIME_SCALE, end=window.end / TIME_SCALE)


if __name__ == "__main__":
    config = load_config(None, os.environ)
    with patch(_WINDOWS, _shortened):
        run(build_app(config, sys.stdout.buffer, _jobs), listen("127.0.0.1", config.port))
