"""Whether Docker can be used here, told from what its command answers."""

import os
from pathlib import Path

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.standalone import compose
from watchkeeper.standalone.settings import read_settings


def install_docker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a docker of one's own on PATH."""
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\n{script}\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")


@pytest.mark.parametrize(
    ("script", "obstacle"),
    [
        pytest.param("exit 1", "no Docker engine answers", id="no engine"),
        pytest.param('[ "$1" = info ] && echo 28.0.0 || exit 1', "Docker has no compose v2 plugin", id="no compose"),
        pytest.param(
            '[ "$1" = info ] && echo 28.0.0 || echo 1.29.2', "Docker has no compose v2 plugin", id="compose v1"
        ),
        pytest.param('[ "$1" = info ] && echo 28.0.0 || echo v2.40.0', "", id="all there"),
    ],
)
def test_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, obstacle: str) -> None:
    """The reason names what is missing; none means Docker is used."""
    install_docker(tmp_path, monkeypatch, script)

    assert compose.why_not() == obstacle


def test_without_docker_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the command has no engine."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert compose.why_not() == "no Docker engine answers"


def test_a_failed_compose_names_the_way_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After compose's own words comes one sentence with the other way to run the stack."""
    install_docker(tmp_path, monkeypatch, "exit 17")

    with pytest.raises(EngineError, match=r"docker compose up ended with code 17.*make up WITH=processes"):
        compose.up(tmp_path, read_settings(tmp_path, {}))
