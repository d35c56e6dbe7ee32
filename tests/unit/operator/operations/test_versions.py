"""What wrote the data, what is pinned, and what is said about the difference."""

from pathlib import Path

import pytest

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.versions import (
    changed_images,
    changes_since,
    pinned_images,
    refuse_downgrade,
    remember_versions,
    versions_that_wrote,
)

CHANGELOG = """# Changelog

## [Unreleased]

- not out yet

## [0.3.0] - 2027-02-01

- third

## [0.2.0] - 2027-01-01

- second

## [0.1.0] - 2026-12-01

- first
"""


@pytest.mark.parametrize(
    ("wrote", "is_refused"),
    [
        ("prom/prometheus:v3.13.9", False),
        ("prom/prometheus:v3.12.0", False),
        ("prom/prometheus:v3.14.0", True),
        ("prom/prometheus:v4.0.0", True),
        ("watchkeeper-stand-in/prometheus:v3.14.0", True),
    ],
    ids=["a later patch", "older", "a later minor", "a later major", "by another name"],
)
def test_data_of_a_newer_release_is_not_handed_to_an_older_one(wrote: str, is_refused: bool) -> None:
    """Patches may go back; releases that may have written another format may not."""
    pinned = {"prometheus": "prom/prometheus:v3.13.5"}

    if is_refused:
        with pytest.raises(OperationError, match="must not name older engines than those that wrote the data"):
            refuse_downgrade({"prometheus": wrote}, pinned)
    else:
        refuse_downgrade({"prometheus": wrote}, pinned)


def test_changes_are_reported_by_tag() -> None:
    """An image of another name with the same tag is the same version; a new part is no change of one."""
    old = {"loki": "mirror/loki:3.7.8", "prometheus": "prom/prometheus:v3.13.5"}
    new = {"loki": "grafana/loki:3.7.8", "prometheus": "prom/prometheus:v3.13.6", "tempo": "grafana/tempo:3.0.3"}

    assert changed_images(old, new) == ["prometheus: v3.13.5 -> v3.13.6"]


@pytest.mark.parametrize(
    ("image", "reported"),
    [
        ("watchkeeper/exporter:0.1.0", ["third", "second"]),
        ("watchkeeper/exporter:0.2.0", ["third"]),
        ("watchkeeper/exporter:0.3.0", []),
    ],
    ids=["two behind", "one behind", "the same"],
)
def test_notes_are_those_of_the_releases_between(image: str, reported: list[str]) -> None:
    """Newest first, as they are written, and nothing of what is not released."""
    notes = changes_since(CHANGELOG, image.rpartition(":")[2])

    assert [line[2:] for line in notes.splitlines() if line.startswith("- ")] == reported


def test_each_way_has_versions_of_its_own(tmp_path: Path) -> None:
    """Containers and local processes have data of their own; a broken file is none."""
    remember_versions(tmp_path / "work", "docker", {"loki": "grafana/loki:3.7.8"})
    remember_versions(tmp_path / "work", "processes", {"loki": "grafana/loki:3.7.9"})

    assert versions_that_wrote(tmp_path / "work", "docker") == {"loki": "grafana/loki:3.7.8"}
    assert versions_that_wrote(tmp_path / "work", "processes") == {"loki": "grafana/loki:3.7.9"}
    (tmp_path / "work" / "versions.json").write_text("{")
    assert versions_that_wrote(tmp_path / "work", "docker") == {}


def test_digests_are_no_versions(tmp_path: Path) -> None:
    """`make pin` changes no version."""
    (tmp_path / "docker-compose.yml").write_text(f"x-images: {{loki: 'grafana/loki:3.7.8@sha256:{'a' * 64}'}}\n")

    assert pinned_images(tmp_path) == {"loki": "grafana/loki:3.7.8"}
