"""The folder of engines that machines share: what comes from it, and what goes into it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import PROMETHEUS
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.shared import Shared, share, shared_folder
from watchkeeper.operator.standalone.sources import Provided, Refused

NAMES = ("prometheus", "promtool")


def filled(folder: Path, *names: str) -> Path:
    """A folder with Prometheus 3.13.5, or some of its programs."""
    place = folder / "prometheus-3.13.5"
    place.mkdir(parents=True)
    for name in names:
        (place / name).write_text(f"#!/bin/sh\necho {name}, version 3.13.5\n")
    return place


def shared_in(tmp_path: Path, version_of: Callable[[Path], str | None]) -> Shared:
    """The source; what it copies lands in a cache of its own."""
    return Shared(folder=tmp_path / "shared", writer=CacheWriter(folder=tmp_path / "own"), version_of=version_of)


def test_an_engine_that_runs_here_is_copied(tmp_path: Path, pin: Pin) -> None:
    """It is this machine's own then: the shared folder may go away."""
    filled(tmp_path / "shared", *NAMES)
    source = Shared(folder=tmp_path / "shared", writer=CacheWriter(folder=tmp_path / "own"))

    answer = source(PROMETHEUS, pin)

    assert isinstance(answer, Provided)
    assert (answer.origin, answer.version) == ("shared cache", "3.13.5")
    assert answer.programs == {name: tmp_path / "own" / "prometheus-3.13.5" / name for name in NAMES}
    assert all(path.stat().st_mode & 0o111 for path in answer.programs.values())


@pytest.mark.parametrize(
    ("names", "version", "reason"),
    [
        ((), None, "not in the shared cache"),
        (("prometheus",), "3.13.5", "not in the shared cache"),
        (NAMES, "3.13.4", "says it is 3.13.4"),
        (NAMES, None, "does not run on this machine"),
    ],
    ids=["empty", "half an engine", "another release", "another machine's"],
)
def test_what_cannot_be_used_is_refused_and_not_kept(
    tmp_path: Path, pin: Pin, names: tuple[str, ...], version: str | None, reason: str
) -> None:
    """The next source is asked."""
    filled(tmp_path / "shared", *names)

    answer = shared_in(tmp_path, lambda _: version)(PROMETHEUS, pin)

    assert isinstance(answer, Refused)
    assert reason in answer.reason
    assert not list((tmp_path / "own").glob("*")) if (tmp_path / "own").exists() else True


def test_a_program_that_cannot_be_copied_is_refused(tmp_path: Path, pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk; a share that broke off in the middle is no reason to stop."""
    filled(tmp_path / "shared", *NAMES)

    def full(_source: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)

    answer = shared_in(tmp_path, lambda _: "3.13.5")(PROMETHEUS, pin)

    assert isinstance(answer, Refused)
    assert answer.reason.endswith("prometheus cannot be copied: No space left on device")
    assert list((tmp_path / "own").iterdir()) == []


def test_what_was_built_here_is_shared_once(tmp_path: Path, pin: Pin) -> None:
    """And what is shared already is not written again, as where the folder can only be read."""
    place = filled(tmp_path / "own", *NAMES)
    provided = Provided(version="3.13.5", programs={name: place / name for name in NAMES}, origin="built from source")
    said: list[str] = []

    share(tmp_path / "shared", PROMETHEUS, provided, pin, said.append)
    (tmp_path / "shared").chmod(0o500)
    share(tmp_path / "shared", PROMETHEUS, provided, pin, said.append)
    (tmp_path / "shared").chmod(0o700)

    assert isinstance(shared_in(tmp_path, lambda _: "3.13.5")(PROMETHEUS, pin), Provided)
    assert said == []


def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path, pin: Pin) -> None:
    """The engine is there all the same."""
    (tmp_path / "file").write_text("")
    place = filled(tmp_path / "own", *NAMES)
    provided = Provided(version="3.13.5", programs={name: place / name for name in NAMES}, origin="built from source")
    said: list[str] = []

    share(tmp_path / "file" / "shared", PROMETHEUS, provided, pin, said.append)

    assert said[0].startswith(f"Prometheus is not shared in {tmp_path}/file/shared: The cache ")
    assert "name a writable folder in WATCHKEEPER_SHARED_CACHE" in said[0]


def test_another_release_is_not_shared(tmp_path: Path, pin: Pin) -> None:
    """One of the system stands in for the pinned one here, and nowhere else."""
    stopgap = Provided(version="3.5.0", programs={"prometheus": tmp_path / "prometheus"}, origin="stopgap")

    share(tmp_path / "shared", PROMETHEUS, stopgap, pin, print)

    assert not (tmp_path / "shared").exists()


def test_machines_of_another_kind_have_a_folder_of_their_own() -> None:
    """And without a name there is none."""
    found = shared_folder({"WATCHKEEPER_SHARED_CACHE": "/srv/engines"})

    assert found is not None
    assert found.parent == Path("/srv/engines")
    assert found.name.startswith("linux-")
    assert shared_folder({}) is None
