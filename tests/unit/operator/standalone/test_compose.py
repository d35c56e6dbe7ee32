"""Whether Docker can be used here, reported from what its command answers."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest

from watchkeeper.config.settings import Settings, read_settings
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone import compose


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


@pytest.mark.parametrize(
    ("volume_is_there", "is_first"), [("exit 1", True), ("exit 0", False)], ids=["no volume yet", "started before"]
)
def test_the_first_start_is_known_by_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, volume_is_there: str, is_first: bool
) -> None:
    """The setup service makes the password once; its volume stays."""
    reported = json.dumps({"volumes": {"grafana-password": {"name": "watchkeeper_grafana-password"}}})
    install_docker(tmp_path, monkeypatch, f"[ \"$1\" = compose ] && echo '{reported}' && exit 0\n{volume_is_there}")

    assert compose.is_first_start(tmp_path) is is_first


def test_a_compose_file_that_cannot_be_read_is_no_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`up` itself will say what is wrong with it."""
    install_docker(tmp_path, monkeypatch, "exit 1")

    assert not compose.is_first_start(tmp_path)


def test_containers_are_reported_one_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose has written them since 2.21; what it says besides is no container."""
    install_docker(tmp_path, monkeypatch, "echo 'a warning'; echo '{\"Service\": \"loki\"}'")

    assert compose.containers(tmp_path) == [{"Service": "loki"}]


class Engines(BaseHTTPRequestHandler):
    """Prometheus, Alertmanager and the exporter in one, with the hash of an empty file: each look is after a reload."""

    scrapes: ClassVar[Iterator[int]] = count()

    def do_GET(self) -> None:
        """Report the configuration that is active."""
        self.send_response(200)
        self.end_headers()
        if self.path == "/metrics":
            now = next(self.scrapes)
            for name in ("prometheus", "alertmanager"):
                self.wfile.write(f"{name}_config_last_reload_successful 1\n".encode())
                self.wfile.write(f"{name}_config_last_reload_success_timestamp_seconds {now}\n".encode())
        else:
            startup = {"config_hash": hashlib.sha256(b"").hexdigest()[:12], "loaded_at": str(next(self.scrapes))}
            self.wfile.write(json.dumps(startup).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings whose ports all lead to stand-ins."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Engines) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        names = ("PROMETHEUS_PORT", "ALERTMANAGER_PORT", "EXPORTER_PORT", "ANALYZER_PORT")
        yield read_settings(tmp_path, dict.fromkeys(names, str(server.server_port)))
        server.shutdown()


HANG_UP = ["prometheus kill -HUP 1", "alertmanager kill -HUP 1"]
READ = "exporter cat /etc/watchkeeper/watchkeeper.yml"
REREAD = "exporter /app/.venv/bin/python -c import os, signal; os.kill(1, signal.SIGHUP)"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("", ""), (HANG_UP, "")),
        (("teams: []", "teams: []"), ([*HANG_UP, READ, REREAD], "analyzer")),
        (("teams: []", ""), ([*HANG_UP, READ], "exporter analyzer")),
    ],
    ids=["unchanged", "edited", "replaced by an editor"],
)
def test_up_brings_edited_files_into_force(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    files: tuple[str, str],
    expected: tuple[list[str], str],
) -> None:
    """Compose sees no change in a mounted file: who reads it again is asked to, the others are made again."""
    on_disk, mounted = files
    cat = f'case "$*" in *" cat "*) printf %s "{mounted}";; esac'
    install_docker(tmp_path, monkeypatch, f'echo "$@" >> {tmp_path}/asked\n{cat}')
    (tmp_path / "watchkeeper.yml").write_text(on_disk)

    compose.up(tmp_path, settings)

    asked = (tmp_path / "asked").read_text()
    assert re.findall("exec -T (.*)", asked) == expected[0]
    assert asked.partition("--force-recreate --no-deps ")[2].strip() == expected[1]
