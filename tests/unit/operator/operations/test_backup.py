"""Which data is kept, in which order, and what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.backup import back_up, restore
from watchkeeper.operator.operations.stores import in_order
from watchkeeper.operator.operations.volume_stores import Volume, volumes_of

COMPOSE = "x-images: {prometheus: 'prom/prometheus:v3.13.5', loki: 'grafana/loki:3.7.8'}\n"


class DictStores:
    """Stores in memory that remember what happened to them."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.happened: list[str] = []

    def names(self) -> list[str]:
        """All of them."""
        return list(self.content)

    @contextmanager
    def held_still(self, name: str) -> Iterator[None]:
        """Remember when it stood still."""
        self.happened.append(f"stop {name}")
        yield
        self.happened.append(f"start {name}")

    def read(self, name: str, archive: Path) -> None:
        """Write what is stored."""
        archive.write_bytes(self.content[name])

    @contextmanager
    def all_stopped(self) -> Iterator[None]:
        """Remember that everything stood still."""
        self.happened.append("stop all")
        yield
        self.happened.append("start all")

    def replace(self, name: str, archive: Path) -> None:
        """Take what the archive holds."""
        self.content[name] = archive.read_bytes()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two pinned images."""
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    return tmp_path


def test_each_part_stands_still_only_while_it_is_copied(root: Path) -> None:
    """One after the other, and no one but the owner may read the result."""
    stores = DictStores({"prometheus": b"numbers", "loki": b"lines"})

    folder = back_up(stores, root, root / "backups", lambda _: None)

    assert stores.happened == ["stop prometheus", "start prometheus", "stop loki", "start loki"]
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == dict.fromkeys(
        ("prometheus.tar", "loki.tar", "backup.json"), 0o600
    )
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_nothing_here_stores_is_left_out_and_named(root: Path) -> None:
    """A backup of containers has Grafana, local processes have none."""
    folder = back_up(DictStores({"loki": b"lines", "grafana": b"panels"}), root, root / "backups", lambda _: None)
    here, said = DictStores({"loki": b""}), list[str]()

    restore(here, root, folder, said.append)

    assert here.content == {"loki": b"lines"}
    assert "grafana: left out, nothing here stores that" in said


@pytest.mark.parametrize(
    ("pinned", "is_refused"),
    [("v3.13.9", False), ("v3.14.0", False), ("v3.12.0", True), ("v2.55.0", True)],
    ids=["another patch", "newer here", "older here", "much older here"],
)
def test_data_of_newer_engines_is_refused(root: Path, pinned: str, is_refused: bool) -> None:
    """An engine reads what older ones wrote, not the other way round."""
    stores = DictStores({"prometheus": b"numbers"})
    folder = back_up(stores, root, root / "backups", lambda _: None)
    (root / "docker-compose.yml").write_text(COMPOSE.replace("v3.13.5", pinned))
    stores.happened.clear()

    if is_refused:
        with pytest.raises(OperationError, match=r"must not come from newer engines, got prom/prometheus:v3\.13\.5"):
            restore(stores, root, folder, lambda _: None)
    else:
        restore(stores, root, folder, lambda _: None)

    assert stores.happened == ([] if is_refused else ["stop all", "start all"])


def test_a_store_that_cannot_be_read_leaves_no_backup(root: Path) -> None:
    """What is half is not called a backup."""
    stores = DictStores({"prometheus": b"numbers"})
    (root / "backups").write_text("a file in the way")

    with pytest.raises(OperationError, match="the backup must be written there"):
        back_up(stores, root, root / "backups", lambda _: None)


def test_the_order_keeps_restored_counters_ahead_of_prometheus() -> None:
    """Prometheus before the exporter, Promtail before Loki."""
    names = in_order(["loki", "grafana", "promtail", "alertmanager", "exporter", "prometheus"])

    assert names == ["prometheus", "exporter", "promtail", "loki", "alertmanager", "grafana"]


def test_volumes_are_those_that_services_write_to() -> None:
    """What is only read, mounted from the host or made again is no one's data."""

    def mount(source: str, **more: object) -> dict[str, object]:
        return {"type": "volume", "source": source, "target": "/data", **more}

    tree = {
        "services": {
            "exporter": {"user": "10001:0", "volumes": [mount("exporter-state"), mount("runtime", read_only=True)]},
            "grafana": {"user": "472:0", "volumes": [{"type": "bind", "source": "/etc"}, mount("grafana-data")]},
            "setup": {"volumes": [mount("runtime")]},
            "silent": {},
        },
        "volumes": {name: {"name": f"watchkeeper_{name}"} for name in ("exporter-state", "grafana-data", "runtime")},
    }

    assert volumes_of(tree) == {
        "exporter": Volume(name="watchkeeper_exporter-state", service="exporter", user="10001:0"),
        "grafana": Volume(name="watchkeeper_grafana-data", service="grafana", user="472:0"),
    }
