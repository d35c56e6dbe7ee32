"""Exporter, Promtail and Loki of a bundle, without the rest; and a text looked for in all that they wrote."""

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from tests.support.ports import free_ports_of_a_bundle

from watchkeeper.config.load import load_file
from watchkeeper.config.places import Places
from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.bundle import Bundle
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.readiness import wait_until_ready
from watchkeeper.operator.standalone.shipped import write_config
from watchkeeper.operator.standalone.supervise import start, stop

PROJECT = Path(__file__).resolve().parents[2]
_NAMES = ("exporter", "promtail", "loki")
_GZIP = re.compile(rb"\x1f\x8b\x08")


@dataclass(frozen=True, kw_only=True)
class LogStack:
    """The three, each by its name, and the environment in which a person's command finds them."""

    places: Places
    components: dict[str, Component]
    environ: dict[str, str]

    def start(self, name: str, *flags: str) -> None:
        """Start one of them, with flags beside its own, and wait until it is ready."""
        component = self.components[name]
        component = replace(component, command=(*component.command, *flags))
        (self.places.data / name).mkdir(parents=True, exist_ok=True)
        wait_until_ready([(component, start(component, self.places))], self.places)

    def stop(self, name: str) -> None:
        """Stop one of them cleanly, if it runs."""
        stop(self.components[name], self.places)

    def url(self, name: str, path: str) -> str:
        """An address of one of them."""
        return self.components[name].local_url(path)

    def files_with(self, text: str, folder: str = "") -> list[str]:
        """The files below the bundle's folder, or one of its, in which a text is, compressed or not."""
        # Folders come and go while Loki compacts, which os.walk takes for empty ones.
        files = (Path(place) / name for place, _, names in os.walk(self.places.work / folder) for name in names)
        return sorted(str(path.relative_to(self.places.work)) for path in files if _holds(path, text.encode()))


@contextmanager
def log_stack(work: Path, configuration: str) -> Iterator[LogStack]:
    """A stack of which nothing runs yet; whatever was started ends with it."""
    config = work.with_name("watchkeeper.yml")
    config.write_text(configuration, encoding="utf-8")
    ports = free_ports_of_a_bundle()
    environ = {**ports, "LOKI_DELETION_MODE": "filter-and-delete", "WATCHKEEPER_CONFIG": str(config)}
    places = Places(root=PROJECT, work=work, secrets=work.with_name("secrets"))
    places.make()
    bundle = Bundle(places=places, settings=read_settings(work, environ))
    stack = LogStack(
        places=places,
        components=_components(bundle),
        environ={**environ, "WATCHKEEPER_ROOT": str(PROJECT), "WATCHKEEPER_WORK": str(work)},
    )
    try:
        yield stack
    finally:
        for name in _NAMES:
            stack.stop(name)


def _components(bundle: Bundle) -> dict[str, Component]:
    with Progress(Console(stderr=True)) as progress:
        provided = obtain_all(PROJECT, environ=os.environ, progress=progress)
    programs = {name: path for engine in provided.values() for name, path in engine.programs.items()}
    write_config(bundle.places, bundle.rendering, load_file(bundle.settings.config_file(PROJECT)), "0")
    return {one.name: one for one in bundle.components(programs) if one.name in _NAMES}


def _holds(path: Path, text: bytes) -> bool:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # it was there a moment ago
        return False
    return text in content or any(text in part for part in _unpacked(content))


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What looks like gzip within a file: blocks of Loki's chunks, the index as a whole."""
    for found in _GZIP.finditer(content):
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            yield unpacking.decompress(content[found.start() :])
        except zlib.error:
            continue
