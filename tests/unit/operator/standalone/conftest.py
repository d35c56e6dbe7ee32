"""Stand-ins for engines and processes: tiny programs instead of the real ones."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.image_reference import ImageReference
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.supervise import stop

PROJECT = Path(__file__).resolve().parents[4]


@pytest.fixture
def project() -> Path:
    """The project's root."""
    return PROJECT


@pytest.fixture
def pin() -> Pin:
    """A pin of Prometheus."""
    return Pin(image=ImageReference(name="prom/prometheus", tag="v3.13.5"), built_version="3.13.5")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Folders of a bundle of its own."""
    places = Places(root=tmp_path, work=tmp_path / "work", secrets=tmp_path / "secrets")
    places.make()
    return places


@pytest.fixture
def python_process(places: Places) -> Iterator[Callable[..., Component]]:
    """Components whose program is a line of Python; whatever was started is stopped at the end."""
    made: list[Component] = []

    def make(code: str, *, name: str = "tiny", stop_seconds: float = 5.0, port: int = 1) -> Component:
        component = Component(
            name=name,
            title=name.capitalize(),
            purpose="testing",
            command=(sys.executable, "-u", "-c", code),
            environ={"GREETING": "hello"},
            ports={"TINY_PORT": port},
            url=f"http://localhost:{port}",
            ready_path="/ready",
            stop_seconds=stop_seconds,
        )
        made.append(component)
        return component

    yield make
    for component in made:
        stop(component, places)


@dataclass
class SpokenProgress:
    """Remembers what would have been shown."""

    said: list[str] = field(default_factory=list)

    def step(self, what: str) -> None:
        """Remember a step."""
        self.said.append(what)

    def detail(self, detail: str) -> None:
        """Remember a detail."""
        self.said.append(detail)

    def note(self, sentence: str) -> None:
        """Remember a note."""
        self.said.append(sentence)


@pytest.fixture
def progress() -> SpokenProgress:
    """Progress that only remembers."""
    return SpokenProgress()
