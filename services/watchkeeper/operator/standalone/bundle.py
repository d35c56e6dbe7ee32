"""The bundle as a whole: up, down and status of all local processes."""

import hashlib
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console

from watchkeeper.config.load import load_file
from watchkeeper.config.places import Places
from watchkeeper.config.settings import Settings
from watchkeeper.operator.standalone.alone import alone
from watchkeeper.operator.standalone.catalogue import ENGINES
from watchkeeper.operator.standalone.components import Component, make_components, rendering_for
from watchkeeper.operator.standalone.first_start import able_with, expect_missing
from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.ports import check_ports
from watchkeeper.operator.standalone.present import Stopgap
from watchkeeper.operator.standalone.processes import send
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.readiness import is_ready, new_client, wait_until_ready
from watchkeeper.operator.standalone.records import Record, Records
from watchkeeper.operator.standalone.render import Rendering
from watchkeeper.operator.standalone.reread import Engine, reread, reread_exporter
from watchkeeper.operator.standalone.shipped import fingerprint, write_config
from watchkeeper.operator.standalone.sources import Provided
from watchkeeper.operator.standalone.supervise import last_log_lines, start, stop, stop_all
from watchkeeper.operator.standalone.supervisor import end_supervisor, supervise

# Variables that name a file which a process reads at its start only.
_READ_ONCE = ("WATCHKEEPER_CONFIG", "WATCHKEEPER_RECEIVERS", "WATCHKEEPER_ALERTS_TOKEN_FILE", "WATCHKEEPER_PRICES")


class State(StrEnum):
    """What is known of a component right now."""

    READY = "ready"
    STARTING = "running, not ready"
    ENDED = "ended unexpectedly"
    OFF = "not running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One bundle: where it lies, its settings, what a test may bend (time, addresses), who reads its files."""

    places: Places
    settings: Settings
    time_scale: float = 1.0
    addresses: Mapping[str, str] = field(default_factory=dict)
    has_older_prometheus: bool = False

    @property
    def rendering(self) -> Rendering:
        """What is put in place of what in the shipped files."""
        here = rendering_for(self.places, self.settings)
        return replace(
            here,
            addresses={**here.addresses, **self.addresses},
            time_scale=self.time_scale,
            has_older_prometheus=self.has_older_prometheus,
        )

    def components(self, programs: Mapping[str, Path] | None = None) -> tuple[Component, ...]:
        """All components; without ``programs`` good for everything but starting them."""
        names = {program.name: Path(program.name) for engine in ENGINES for program in engine.programs}
        return make_components(self.places, self.settings, self.rendering, {**names, **(programs or {})})


def up(bundle: Bundle, console: Console, environ: Mapping[str, str]) -> tuple[Component, ...]:
    """Obtain, render, start what does not run yet as it should, wait until all are ready, and have them supervised.

    Where nothing runs and engines are missing, what can run is started before the first of them is there.
    Raises EngineError; what this call started is stopped again then.
    """
    with Progress(console) as progress, alone(bundle.places, progress.note):
        is_first = not is_any_running(bundle.places)
        on_some = partial(_start_some, bundle, progress) if is_first else _wait_for_all
        try:
            provided = obtain_all(bundle.places.root, environ=environ, progress=progress, on_some=on_some)
            components = _prepared(bundle, provided)
            to_start = _stop_outdated(components, bundle.places)
            check_ports(to_start)
            progress.step(f"starting {', '.join(item.title for item in to_start)}" if to_start else "all run already")
            _start_and_wait(to_start, bundle.places, progress)
        except BaseException:
            stop_all(bundle.components() if is_first else (), bundle.places)
            raise
        supervise(components, bundle.places)
    return components


def _prepared(bundle: Bundle, provided: Mapping[str, Provided]) -> tuple[Component, ...]:
    """Render the files for these engines; all components, as they would be started now."""
    prometheus = provided.get("prometheus")
    bundle = replace(bundle, has_older_prometheus=prometheus is not None and prometheus.origin == Stopgap.origin)
    bundle.places.make()
    file = load_file(bundle.settings.config_file(bundle.places.root))
    write_config(bundle.places, bundle.rendering, file, bundle.settings.inbox)
    programs = {name: path for engine in provided.values() for name, path in engine.programs.items()}
    return tuple(_with_fingerprint(item, bundle.places) for item in bundle.components(programs))


def _start_some(bundle: Bundle, progress: Progress, provided: Mapping[str, Provided]) -> None:
    """Start what can run with these engines, and say what works already; taken ports are found before any is built."""
    components = _prepared(bundle, provided)
    to_start = _stop_outdated(components, bundle.places)
    check_ports(to_start)
    able = able_with(provided.keys(), to_start)
    if not able:
        return
    progress.step(f"starting {', '.join(item.title for item in able)}")
    _start_and_wait(able, bundle.places, progress)
    for component in able:
        progress.note(f"{component.title} is ready at {component.url}: it {component.purpose}.")
        if component.name == "alertmanager":
            expect_missing(component, {item.name for item in to_start} - {item.name for item in able})


def _wait_for_all(_provided: Mapping[str, Provided]) -> None:
    """What runs goes on as it does until all engines are there."""


def down(bundle: Bundle) -> list[Component]:
    """Stop everything; the components that ran."""
    end_supervisor(bundle.places)
    return stop_all(bundle.components(), bundle.places)


def status(bundle: Bundle) -> list[tuple[Component, State]]:
    """Each component, at the address it was started with, and its state."""
    records = Records(folder=bundle.places.run)
    with new_client() as client:
        return [_state(component, records.read(component.name), client) for component in bundle.components()]


def restarts(places: Places) -> dict[str, int]:
    """How often each component died and was started again, by its name; those that did not are left out."""
    records = (Records(folder=places.run).read(path.stem) for path in places.run.glob("*.json"))
    return {record.name: record.restarts for record in records if record is not None and record.restarts}


def receivers(places: Places) -> str:
    """The state of the receivers as JSON text; empty when nothing runs."""
    file = places.config / "receivers.json"
    return file.read_text(encoding="utf-8") if is_any_running(places) and file.is_file() else ""


def is_any_running(places: Places) -> bool:
    """Whether some process of the bundle runs."""
    records = (Records(folder=places.run).read(path.stem) for path in places.run.glob("*.json"))
    return any(record is not None and record.is_running for record in records)


def _state(component: Component, record: Record | None, client: httpx.Client) -> tuple[Component, State]:
    if record is None:
        return component, State.OFF
    here = replace(component, url=record.url)
    if not record.is_running:
        return here, State.ENDED
    return here, State.READY if is_ready(record.ready_url, client) else State.STARTING


def _with_fingerprint(component: Component, places: Places) -> Component:
    command = [*component.command, *(f"{name}={value}" for name, value in sorted(component.environ.items()))]
    read_once = []
    for name in _READ_ONCE:
        with suppress(KeyError, OSError):
            read_once.append(Path(component.environ[name]).read_text(encoding="utf-8"))
    return replace(
        component,
        fingerprint=fingerprint(places, component.name, *command, *read_once),
        command_fingerprint=hashlib.sha256("\0".join(command).encode()).hexdigest()[:16],
    )


def _stop_outdated(components: tuple[Component, ...], places: Places) -> list[Component]:
    """Leave what runs as it would be started now; reload or stop what differs. Returns what is to be started."""
    records = Records(folder=places.run)
    to_start = []
    for component in components:
        record = records.read(component.name)
        if record is not None and record.is_running and record.fingerprint == component.fingerprint:
            continue
        is_rereading = record is not None and record.is_running and _can_reload(component, record)
        if record is not None and is_rereading and _reread(component, record, places):
            records.write(replace(record, fingerprint=component.fingerprint))
            continue
        stop(component, places)
        to_start.append(component)
    return to_start


def _can_reload(component: Component, record: Record) -> bool:
    return component.rereads_files and record.command_fingerprint == component.command_fingerprint


def _reread(component: Component, record: Record, places: Places) -> bool:
    """Let it read its files again; False when it must be started again for that."""
    hang_up = partial(send, record.pid, record.mark, signal.SIGHUP)
    if component.name == "exporter":
        return reread_exporter(component.local_url(""), hang_up)
    now = replace(record, log_start=(places.logs / f"{component.name}.log").stat().st_size)
    reread(
        Engine(
            name=component.name,
            title=component.title,
            base_url=component.local_url(""),
            hang_up=hang_up,
            said=lambda: "\n".join(last_log_lines(now, places)),
        )
    )
    return True


def _start_and_wait(components: list[Component], places: Places, progress: Progress) -> None:
    started: list[tuple[Component, Record]] = []
    try:
        for component in reversed(components):
            (places.data / component.name).mkdir(parents=True, exist_ok=True)
            started.append((component, start(component, places)))
        waiting = [component.title for component in components]

        def say_ready(component: Component) -> None:
            waiting.remove(component.title)
            progress.detail(f"waiting for {', '.join(waiting)}")

        wait_until_ready(started, places, on_ready=say_ready)
    except BaseException:
        stop_all([component for component, _ in started], places)
        raise
