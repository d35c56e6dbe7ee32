"""Engines that are on the machine already."""

from pathlib import Path

import pytest

from watchkeeper.operator.standalone.catalogue import ALERTMANAGER, LOKI, PROMETHEUS, Engine
from watchkeeper.operator.standalone.image_reference import ImageReference
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.present import Cache, OnPath, Stopgap
from watchkeeper.operator.standalone.sources import Provided, Refused


def test_a_complete_cache_provides(tmp_path: Path, pin: Pin) -> None:
    """All programs in the folder of a pinned version are an engine."""
    folder = tmp_path / "prometheus-3.13.5"
    folder.mkdir()
    for name in ("prometheus", "promtool"):
        (folder / name).touch()

    answer = Cache(folder=tmp_path)(PROMETHEUS, pin)

    assert isinstance(answer, Provided)
    assert answer.programs["promtool"] == folder / "promtool"


def test_half_a_cache_is_none(tmp_path: Path, pin: Pin) -> None:
    """An engine without one of its programs does not count."""
    (tmp_path / "prometheus-3.13.5").mkdir()
    (tmp_path / "prometheus-3.13.5" / "prometheus").touch()

    assert isinstance(Cache(folder=tmp_path)(PROMETHEUS, pin), Refused)


def test_another_version_in_the_cache_is_none(tmp_path: Path, pin: Pin) -> None:
    """A raised pin is not served from an older folder."""
    (tmp_path / "prometheus-3.13.4").mkdir()
    for name in ("prometheus", "promtool"):
        (tmp_path / "prometheus-3.13.4" / name).touch()

    assert isinstance(Cache(folder=tmp_path)(PROMETHEUS, pin), Refused)


def test_the_pinned_version_on_path_provides(pin: Pin) -> None:
    """All programs on PATH at the pinned version are taken."""
    answer = OnPath(which=lambda name: f"/bin/{name}", version_of=lambda _: "3.13.5")(PROMETHEUS, pin)

    assert isinstance(answer, Provided)
    assert answer.origin == "PATH"


def test_another_version_on_path_is_refused_with_both(pin: Pin) -> None:
    """The reason names what is there and what is wanted."""
    answer = OnPath(which=lambda name: f"/bin/{name}", version_of=lambda _: "2.42.0")(PROMETHEUS, pin)

    assert answer == Refused(reason="prometheus on PATH is 2.42.0, not 3.13.5")


def test_a_program_that_does_not_run_is_refused(pin: Pin) -> None:
    """What does not report its version is not used."""
    answer = OnPath(which=lambda name: f"/bin/{name}", version_of=lambda _: None)(PROMETHEUS, pin)

    assert isinstance(answer, Refused)


def test_the_stopgap_names_both_versions(pin: Pin) -> None:
    """An older server is in, and the warning says so."""
    only_server = {"prometheus": "/usr/bin/prometheus"}

    answer = Stopgap(which=only_server.get, version_of=lambda _: "3.5.3")(PROMETHEUS, pin)

    assert isinstance(answer, Provided)
    assert answer.programs == {"prometheus": Path("/usr/bin/prometheus")}
    assert "3.5.3" in answer.warning
    assert "3.13.5" in answer.warning


def test_loki_has_no_stopgap() -> None:
    """No distribution ships Loki or Promtail, so nothing stands in for them."""
    pin = Pin(image=ImageReference(name="grafana/loki", tag="3.7.8"), built_version="3.7.8")

    answer = Stopgap(which=lambda name: f"/bin/{name}", version_of=lambda _: "3.0.0")(LOKI, pin)

    assert isinstance(answer, Refused)


@pytest.mark.parametrize(("engine", "version"), [(PROMETHEUS, "2.42.0"), (ALERTMANAGER, "0.25.0")])
def test_a_release_that_cannot_read_the_files_does_not_stand_in(engine: Engine, version: str, pin: Pin) -> None:
    """Too old a package is refused here, instead of failing on the config files later."""
    answer = Stopgap(which=lambda name: f"/bin/{name}", version_of=lambda _: version)(engine, pin)

    assert answer == Refused(reason=f"{engine.name} {version} on PATH is too old to replace it")
