"""The old versions stop, what they stored is copied, and only then the new ones start."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError, OperationError
from watchkeeper.operator.operations.upgrade import back_up_and_start, print_plan, wrote_before
from watchkeeper.operator.operations.versions import remember_versions
from watchkeeper.operator.standalone.choice import Runner

COMPOSE = "x-images: {exporter: 'watchkeeper/exporter:0.2.0', loki: 'grafana/loki:3.7.8'}\n"
OLD = {"exporter": "watchkeeper/exporter:0.1.0", "loki": "grafana/loki:3.6.0"}
NEW = {"exporter": "watchkeeper/exporter:0.2.0", "loki": "grafana/loki:3.7.8"}


class OneStore:
    """A store that can be read or not, of a stack that can be started or not."""

    def __init__(self, *, is_readable: bool = True, starts: bool = True) -> None:
        self.is_readable = is_readable
        self.starts = starts
        self.happened: list[str] = []

    def names(self) -> list[str]:
        """The one."""
        return ["loki"]

    @contextmanager
    def held_still(self, name: str) -> Iterator[None]:
        """Nothing runs."""
        assert name == "loki"
        yield

    def read(self, name: str, archive: Path) -> None:
        """Copy, or fail."""
        if not self.is_readable:
            raise OperationError(f"{name} cannot be read")
        archive.write_bytes(b"lines")
        self.happened.append("copied")

    @contextmanager
    def all_stopped(self) -> Iterator[None]:
        """Stop, and start afterwards."""
        self.happened.append("stopped")
        yield
        if not self.starts:
            raise EngineError("Loki ended with code 1.")
        self.happened.append("started")

    def replace(self, name: str, archive: Path) -> None:
        """Nothing is restored here."""
        raise AssertionError((name, archive))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project at its second release."""
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    (tmp_path / "CHANGELOG.md").write_text("## [0.2.0] - 2027-01-01\n\n- second\n\n## [0.1.0]\n\n- first\n")
    return tmp_path


def test_the_backup_comes_between_stop_and_start(root: Path) -> None:
    """What the new versions do to the data is not in it."""
    stores = OneStore()
    said: list[str] = []

    back_up_and_start(stores, root, root / "backups", said.append)

    assert stores.happened == ["stopped", "copied", "started"]
    assert str(root / "backups") in said[-1]


def test_without_a_backup_nothing_new_starts(root: Path) -> None:
    """A disk that is full must not cost the data."""
    stores = OneStore(is_readable=False)

    with pytest.raises(OperationError, match="loki cannot be read"):
        back_up_and_start(stores, root, root / "backups", str)

    assert stores.happened == ["stopped"]


def test_new_versions_that_do_not_start_come_with_the_way_back(root: Path) -> None:
    """What said no, and the folder to restore from."""
    with pytest.raises(OperationError, match=r"code 1[\s\S]*make restore FROM=.*backups/"):
        back_up_and_start(OneStore(starts=False), root, root / "backups", str)


def test_the_plan_names_images_and_notes(root: Path) -> None:
    """Everything that changes, before anything does."""
    said: list[str] = []

    print_plan(root, OLD, NEW, said.append)

    assert said[:2] == ["exporter: 0.1.0 -> 0.2.0", "loki: 3.6.0 -> 3.7.8"]
    assert "second" in said[2]
    assert "first" not in said[2]


def test_the_plan_refuses_to_go_back(root: Path) -> None:
    """Loki does not read what a later Loki wrote."""
    with pytest.raises(OperationError, match=r"loki:3\.7\.8"):
        print_plan(root, NEW, OLD, str)


def test_local_processes_are_known_by_their_last_start(root: Path) -> None:
    """Nothing else reports which versions wrote a folder."""
    places = Places(root=root, work=root / "work", secrets=root / "secrets")

    assert wrote_before(places, Runner.PROCESSES) == {}
    remember_versions(places.work, Runner.PROCESSES, OLD)
    assert wrote_before(places, Runner.PROCESSES) == OLD
