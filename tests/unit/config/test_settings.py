"""Ports and addresses from the environment and .env."""

from pathlib import Path

import pytest

from watchkeeper.config.settings import DEFAULT_PORTS, Settings, read_settings
from watchkeeper.errors import EngineError


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    """Without .env and variables the ports are those of docker-compose.yml."""
    settings = read_settings(tmp_path, {})

    assert settings.ports == {name: default for name, (_, default) in DEFAULT_PORTS.items()}
    assert settings.url("grafana") == "http://localhost:3000"


def test_the_shell_wins_over_the_file(tmp_path: Path) -> None:
    """As in Docker Compose: a variable of the shell overrides the same one in .env."""
    (tmp_path / ".env").write_text(
        "# ports\nEXPORTER_PORT=1111\nexport LOKI_PORT='2222'\nPROMETHEUS_PORT=3333 # mine\n"
    )

    settings = read_settings(tmp_path, {"EXPORTER_PORT": "4444"})

    assert (settings.ports["exporter"], settings.ports["loki"], settings.ports["prometheus"]) == (4444, 2222, 3333)


def test_all_wrong_ports_are_reported_at_once(tmp_path: Path) -> None:
    """Each error names the variable, the rule and the value."""
    with pytest.raises(EngineError) as problem:
        read_settings(tmp_path, {"LOKI_PORT": "70000", "GRAFANA_PORT": "http"})

    assert str(problem.value).splitlines() == [
        "environment: LOKI_PORT must be a port from 1 to 65535, got '70000'",
        "environment: GRAFANA_PORT must be a port from 1 to 65535, got 'http'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("${HERE}", "yes", id="a variable"),
        pytest.param("${NOT_HERE:-no}", "no", id="a default"),
        pytest.param("${EMPTY:-no}", "no", id="an empty variable takes the default"),
        pytest.param("http://x:${NOT_HERE:-${ALSO_NOT:-90}}/y", "http://x:90/y", id="a default of a default"),
        pytest.param("${NOT_HERE}", "", id="neither"),
        pytest.param("$$__file{/run/x}", "$__file{/run/x}", id="an escaped dollar"),
        pytest.param("--flag=", "--flag=", id="nothing to fill in"),
    ],
)
def test_fill_in(text: str, expected: str) -> None:
    """References are filled in the way Docker Compose does."""
    assert Settings(ports={}, environ={"HERE": "yes", "EMPTY": ""}).fill_in(text) == expected
