"""The first start of a machine without engines: what can run does so while the others are still fetched."""

import os
from pathlib import Path

import pytest
from tests.stack.box import PROJECT, Box
from tests.support.programs import obtain_programs

from watchkeeper.config.places import engine_cache
from watchkeeper.operator.standalone.catalogue import ALERTMANAGER, ENGINES, LOKI, PROMETHEUS, PROMTAIL, Engine
from watchkeeper.operator.standalone.pins import read_pins
from watchkeeper.operator.standalone.shared import shared_folder

# Nothing is had from a registry, or built from what one gave before: what is not in the shared folder cannot be had.
OFFLINE = {"GOPROXY": "off", "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}


PINS = read_pins(PROJECT)


@pytest.fixture(scope="module")
def programs() -> dict[str, Path]:
    """The engines that this machine really has."""
    return obtain_programs(PROJECT)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared folder of a machine that has no engine of its own."""
    monkeypatch.setenv("WATCHKEEPER_SHARED_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("WATCHKEEPER_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    folder = shared_folder(os.environ)
    assert folder is not None
    return folder


def put(shared: Path, programs: dict[str, Path], *engines: Engine) -> None:
    """Put engines into the shared folder."""
    for engine in engines:
        folder = shared / f"{engine.name}-{PINS[engine.name].built_version}"
        folder.mkdir(parents=True)
        for program in engine.programs:
            (folder / program.name).symlink_to(programs[program.name])


def silenced(box: Box, name: str) -> list[dict[str, str]]:
    """The matchers of a label in Alertmanager's silences."""
    silences = box.get("ALERTMANAGER_PORT", "/api/v2/silences").json()
    return [matcher for silence in silences for matcher in silence["matchers"] if matcher["name"] == name]


def test_the_exporter_and_each_engine_work_as_soon_as_they_can(
    box: Box, programs: dict[str, Path], shared: Path
) -> None:
    """In this order, and `up` says so; nobody is notified of what is still fetched; at the end everything runs."""
    put(shared, programs, *ENGINES)

    up = box.run("up")

    assert up.returncode == 0, up.stdout + up.stderr
    ready = [line.partition(" is ready at ")[0] for line in up.stdout.splitlines() if " is ready at " in line]
    assert ready == ["Exporter", "Prometheus", "Alertmanager", "Loki"]
    assert up.stdout.index("Exporter is ready at ") < up.stdout.index("Prometheus 3.")
    assert {"analyzer", "loki", "promtail"} == {matcher["value"] for matcher in silenced(box, "job")}
    assert {"TargetDown"} == {matcher["value"] for matcher in silenced(box, "alertname")}
    assert box.run("status").returncode == 0
    assert (engine_cache(os.environ) / f"promtail-{PINS[PROMTAIL.name].built_version}").is_dir()


def test_what_was_started_is_stopped_when_an_engine_cannot_be_had(
    box: Box, programs: dict[str, Path], shared: Path
) -> None:
    """The message names the engine and what to do; nothing is left running."""
    put(shared, programs, PROMETHEUS, ALERTMANAGER, PROMTAIL)

    up = box.run("up")

    assert "Prometheus is ready at " in up.stdout
    assert up.returncode == 2
    assert f"{LOKI.title} 3." in up.stderr
    assert "cannot be obtained" in up.stderr
    assert box.pids == {}
    assert not box.is_listening
