"""Starting and stopping the local processes, so that they outlive the terminal and are found again."""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone import log_writer
from watchkeeper.operator.standalone.alone import changing
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.processes import end, start_mark
from watchkeeper.operator.standalone.records import Record, Records

_WRITER_DEADLINE_SECONDS = 5.0


def start(component: Component, places: Places) -> Record:
    """Start one process with its log writer and remember it."""
    log = places.logs / f"{component.name}.log"
    log.touch()
    log_start = log.stat().st_size
    reading_end, writing_end = os.pipe()
    try:
        writer_pid = _spawn_writer(log, reading_end)
        pid = _spawn(component, writing_end)
    finally:
        os.close(reading_end)
        os.close(writing_end)
    record = Record(
        name=component.name,
        url=component.url,
        ready_url=component.ready_url,
        pid=pid,
        mark=_mark_of_child(pid),
        writer_pid=writer_pid,
        writer_mark=_mark_of_child(writer_pid),
        fingerprint=component.fingerprint,
        command_fingerprint=component.command_fingerprint,
        log_start=log_start,
    )
    Records(folder=places.run).write(record)
    return record


def stop(component: Component, places: Places) -> bool:
    """Stop one process if it runs; False when nothing ran."""
    records = Records(folder=places.run)
    with changing(places):
        record = records.read(component.name)
        if record is None:
            return False
        was_running = record.is_running
        end(record.pid, record.mark, deadline_seconds=component.stop_seconds)
        # The writer leaves by itself when its pipe ends; a signal would be ignored, and its last lines count.
        wait_for_last_lines(record)
        records.forget(component.name)
    return was_running


def stop_all(components: Iterable[Component], places: Places) -> list[Component]:
    """Stop one after the other, who sends before who receives, so that last words arrive; those that ran."""
    return [component for component in components if stop(component, places)]


def wait_for_last_lines(record: Record) -> None:
    """Return when the writer of an ended process has written all it said, or after a deadline."""
    deadline = time.monotonic() + _WRITER_DEADLINE_SECONDS
    while start_mark(record.writer_pid) == record.writer_mark and time.monotonic() < deadline:
        time.sleep(0.02)


def last_log_lines(record: Record, places: Places, *, count: int = 12) -> list[str]:
    """What a process said since it was started, at most ``count`` lines."""
    log = places.logs / f"{record.name}.log"
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            # Only the end is wanted: a line is rarely longer than some kilobytes.
            file.seek(max(min(record.log_start, size), size - 65536))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []


def _spawn(component: Component, output: int) -> int:
    program = component.command[0]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    environ = {**os.environ, **component.environ}
    try:
        # A session of its own: closing the terminal or Ctrl-C in it must not reach the process.
        return os.posix_spawn(program, component.command, environ, file_actions=actions, setsid=True)
    except OSError as problem:
        raise EngineError(f"{component.title} cannot be run: {program}: {problem.strerror}.") from problem


def _spawn_writer(log: Path, source: int) -> int:
    # Isolated and without site: it must start fast, and nothing of the environment concerns it.
    command = [sys.executable, "-I", "-S", log_writer.__file__, str(log), str(log_writer.DEFAULT_LIMIT_BYTES)]
    actions = [
        (os.POSIX_SPAWN_DUP2, source, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    return os.posix_spawn(sys.executable, command, dict(os.environ), file_actions=actions, setsid=True)


def _mark_of_child(pid: int) -> str:
    return start_mark(pid) or "ended"
