"""Starts processes of the bundle again that have died, as Docker does with containers; run as a program by `up`.

It knows the components as they were when `up` ended, from a file, and each process by its record: what `down` or
another command stops has no record any more, and stays stopped.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.alone import changing
from watchkeeper.operator.standalone.backoff import Deaths
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.processes import end, start_mark
from watchkeeper.operator.standalone.records import Record, Records
from watchkeeper.operator.standalone.supervise import start

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 5.0


def supervise(components: Iterable[Component], places: Places) -> None:
    """Let a supervisor run that knows these components; one that runs and knows them stays."""
    known = json.dumps([asdict(component) for component in components], indent=2)
    file = _file(places)
    if _pid_and_mark(places) and file.is_file() and file.read_text(encoding="utf-8") == known:
        return
    end_supervisor(places)
    draft = file.with_suffix(".draft")
    # The environment of a component may hold what is not for all eyes.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(known)
    draft.replace(file)
    pid = _spawn(places)
    (places.run / "supervisor.pid").write_text(f"{pid} {start_mark(pid)}", encoding="utf-8")


def end_supervisor(places: Places) -> None:
    """End the supervisor, if one runs."""
    found = _pid_and_mark(places)
    if found:
        end(*found, deadline_seconds=_STOP_SECONDS)
    (places.run / "supervisor.pid").unlink(missing_ok=True)


class Supervisor:
    """Looks at the records of its components, and starts again what has died."""

    def __init__(self, components: Iterable[Component], places: Places) -> None:
        self._components = tuple(components)
        self._places = places
        self._records = Records(folder=places.run)
        self._deaths: dict[str, Deaths] = {}

    def look(self, now: float) -> None:
        """Look once; ``now`` is monotonic."""
        for component in self._components:
            record = self._records.read(component.name)
            if record is None:
                self._deaths.pop(component.name, None)
            elif not record.is_running:
                self._on_death(component, record, now)

    def _on_death(self, component: Component, record: Record, now: float) -> None:
        deaths = self._deaths.get(component.name, Deaths(started_at=float("-inf"))).dead(now)
        self._deaths[component.name] = deaths
        if not deaths.is_due(now):
            return
        with changing(self._places):
            if self._records.read(component.name) != record:
                return  # a command was quicker
            # Started or not, the next attempt is later.
            self._deaths[component.name] = deaths.started(now)
            try:
                fresh = start(component, self._places)
            except (EngineError, OSError) as problem:
                _say("process_not_started", component, reason=str(problem))
                return
            self._records.write(replace(fresh, restarts=record.restarts + 1))
        _say("process_restarted", component, restarts=record.restarts + 1)


def main(root: str, work: str, secrets: str) -> None:
    """Look until the process is ended, or the folder of records is gone."""
    places = Places(root=Path(root), work=Path(work), secrets=Path(secrets))
    components = [Component(**one) for one in json.loads(_file(places).read_text(encoding="utf-8"))]
    supervisor = Supervisor(components, places)
    while places.run.is_dir():
        supervisor.look(time.monotonic())
        time.sleep(_LOOK_SECONDS)


def _file(places: Places) -> Path:
    # Not *.json: those are the records.
    return places.run / "supervised"


def _pid_and_mark(places: Places) -> tuple[int, str] | None:
    try:
        pid, _, mark = (places.run / "supervisor.pid").read_text(encoding="utf-8").partition(" ")
    except OSError:
        return None
    return (int(pid), mark) if pid.isdigit() and start_mark(int(pid)) == mark else None


def _spawn(places: Places) -> int:
    command = [sys.executable, "-m", __name__, str(places.root), str(places.work), str(places.secrets)]
    log = str(places.logs / "supervisor.log")
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(sys.executable, command, dict(os.environ), file_actions=actions, setsid=True)


def _say(event: str, component: Component, **fields: str | int) -> None:
    known: Mapping[str, str] = {
        "timestamp": datetime.now(UTC).isoformat(),
        "level": "warning",
        "event": event,
        "service": "watchkeeper",
        "component": component.name,
    }
    sys.stdout.write(json.dumps({**known, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
