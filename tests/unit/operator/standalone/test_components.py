"""The local processes have the flags of docker-compose.yml and listen on this machine only."""

from pathlib import Path

import pytest

from watchkeeper.config.places import Places, engine_cache, find_places
from watchkeeper.config.settings import read_settings
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.bundle import Bundle
from watchkeeper.operator.standalone.components import Component

ENVIRON = {"PROMETHEUS_PORT": "19090", "EXPORTER_PORT": "14318", "ALERTMANAGER_PORT": "19093"}


@pytest.fixture
def components(project: Path, tmp_path: Path) -> dict[str, Component]:
    """The components of a bundle on other ports."""
    places = Places(root=project, work=tmp_path / "work", secrets=tmp_path / "secrets")
    bundle = Bundle(places=places, settings=read_settings(tmp_path, ENVIRON))
    return {component.name: component for component in bundle.components()}


def test_prometheus_has_the_shipped_flags(components: dict[str, Component], tmp_path: Path) -> None:
    """What counts exactly depends on these features; folders are local, the port is the wanted one."""
    command = components["prometheus"].command

    assert f"--config.file={tmp_path}/work/config/prometheus/prometheus.yml" in command
    assert f"--storage.tsdb.path={tmp_path}/work/data/prometheus" in command
    assert "--web.listen-address=127.0.0.1:19090" in command
    features = next(flag for flag in command if flag.startswith("--enable-feature="))
    assert {"exemplar-storage", "created-timestamp-zero-ingestion"} <= set(features.partition("=")[2].split(","))


def test_links_lead_to_the_wanted_ports(components: dict[str, Component]) -> None:
    """Alerts carry links; these must lead to the ports the user chose."""
    assert components["prometheus"].environ["WATCHKEEPER_URL"] == "http://localhost:14318"


def test_alertmanager_reads_the_pruned_file(components: dict[str, Component], tmp_path: Path) -> None:
    """The file without the integrations that have no secret, not the shipped one."""
    command = components["alertmanager"].command

    assert f"--config.file={tmp_path}/work/config/alertmanager/alertmanager.yml" in command
    assert "--cluster.listen-address=" in command


@pytest.mark.parametrize("name", ["exporter", "analyzer", "prometheus", "alertmanager", "loki", "promtail"])
def test_nothing_listens_on_other_addresses(components: dict[str, Component], name: str) -> None:
    """Every process is asked to listen on the loopback address."""
    component = components[name]
    reported = [*component.command, *component.environ.values()]

    assert any("127.0.0.1" in text for text in reported)
    assert not any("0.0.0.0" in text for text in reported)


def test_the_project_is_found_from_a_folder_below(project: Path) -> None:
    """The command works anywhere inside the project."""
    assert find_places({}, project / "docs").root == project


def test_a_named_root_must_be_a_project(tmp_path: Path) -> None:
    """A wrong WATCHKEEPER_ROOT is named, not silently replaced."""
    with pytest.raises(EngineError, match="WATCHKEEPER_ROOT"):
        find_places({"WATCHKEEPER_ROOT": str(tmp_path)}, tmp_path)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHKEEPER_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a/engines"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/watchkeeper/engines"),
        ({"HOME": "/c"}, "/c/.cache/watchkeeper/engines"),
    ],
    ids=["own variable", "XDG", "home"],
)
def test_engine_cache(environ: dict[str, str], expected: str) -> None:
    """The most specific variable wins."""
    assert engine_cache(environ) == Path(expected)


def test_no_place_for_the_cache_names_the_fix() -> None:
    """Without any of the variables the sentence reports them."""
    with pytest.raises(EngineError, match="set HOME, XDG_CACHE_HOME or WATCHKEEPER_CACHE"):
        engine_cache({})
