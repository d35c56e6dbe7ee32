"""Engines copied out of images, with a docker command of our own."""

import os
from pathlib import Path

import pytest

from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import PROMETHEUS
from watchkeeper.operator.standalone.from_images import FromImages
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.present import Cache
from watchkeeper.operator.standalone.sources import Provided, Refused

# `docker cp` writes a program that reports VERSION; `docker pull` works when PULL is set.
DOCKER = """#!/bin/sh
case "$1" in
  info) echo 28.0.0 ;;
  image) exit 1 ;;
  pull) [ -n "$PULL" ] || { echo "no such host" >&2; exit 1; } ;;
  create) echo 0123456789ab ;;
  cp) printf '#!/bin/sh\\necho "program, version %s (branch: )"\\n' "$VERSION" > "$3"; chmod 755 "$3" ;;
esac
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, progress: object) -> FromImages:
    """Images with the pinned release, behind a registry that answers."""
    docker = tmp_path / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PULL", "yes")
    monkeypatch.setenv("VERSION", "3.13.5")
    writer = CacheWriter(folder=tmp_path / "engines")
    return FromImages(writer=writer, progress=progress, docker=str(docker))  # type: ignore[arg-type]


def test_all_programs_are_copied_into_the_cache(source: FromImages, pin: Pin, tmp_path: Path) -> None:
    """After it the cache provides the engine, and Docker is not asked again."""
    answer = source(PROMETHEUS, pin)

    assert isinstance(answer, Provided)
    assert os.access(answer.programs["promtool"], os.X_OK)
    assert isinstance(Cache(folder=tmp_path / "engines")(PROMETHEUS, pin), Provided)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (("PULL", ""), "docker pull prom/prometheus:v3.13.5 said: no such host"),
        (("VERSION", "3.12.0"), "prometheus out of prom/prometheus:v3.13.5 says it is 3.12.0"),
        (
            ("VERSION", ""),
            "prometheus out of prom/prometheus:v3.13.5 does not run on this machine or reports no version",
        ),
    ],
    ids=["no registry", "another release under the tag", "does not report its release"],
)
def test_what_is_not_the_pinned_release_is_refused(
    source: FromImages, pin: Pin, monkeypatch: pytest.MonkeyPatch, setting: tuple[str, str], reason: str
) -> None:
    """The reason names the image, and nothing is left in the cache."""
    monkeypatch.setenv(*setting)

    answer = source(PROMETHEUS, pin)

    assert answer == Refused(reason=reason)
    assert isinstance(Cache(folder=source.writer.folder)(PROMETHEUS, pin), Refused)


def test_without_an_engine_of_containers(source: FromImages, pin: Pin, tmp_path: Path) -> None:
    """No Docker on the machine is a reason, not an error."""
    nowhere = FromImages(writer=source.writer, progress=source.progress, docker=str(tmp_path / "absent"))

    assert nowhere(PROMETHEUS, pin) == Refused(reason="no Docker engine answers")
