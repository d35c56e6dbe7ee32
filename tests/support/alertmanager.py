"""A running Alertmanager with the shipped configuration, set up as the bundle does it, and asked over its API."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.ports import free_address

from watchkeeper.config import ConfigFile
from watchkeeper.config.integrations import AWS_CREDENTIALS
from watchkeeper.config.setup import write_alertmanager
from watchkeeper.operator.standalone.render import Rendering, render_file

_FOLDER = Path(__file__).parents[2] / "alertmanager"
# A machine with four times the work of its cores needs half of it to start an exporter.
_DEADLINE_SECONDS = 120.0
# As Prometheus sends it; without an end an alert would be over by itself soon, on a busy machine before it is seen.
_FAR_AHEAD = "2099-01-01T00:00:00Z"

# Where links in messages lead, whatever port this one listens on.
EXTERNAL_URL = "http://localhost:9093"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is different from the shipped file: secrets, addresses outside, watchkeeper.yml, how fast time runs.

    ``environ`` is Alertmanager's own.
    """

    secrets: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    settings: ConfigFile = field(default_factory=ConfigFile)
    time_scale: float = 1.0
    timeout: str = "10s"
    environ: Mapping[str, str] = field(default_factory=dict)


class Alertmanager:
    """A running Alertmanager."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def call(self, path: str, body: object = None) -> Any:
        """Send or ask something."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def raise_alerts(self, *alerts: dict[str, Any]) -> None:
        """Let alerts fire; one with an ``endsAt`` in the past is over."""
        self.call("/api/v2/alerts", [{"endsAt": _FAR_AHEAD, **alert} for alert in alerts])

    def is_muted(self, labels: Mapping[str, str]) -> bool:
        """Say whether an alert that fires is inhibited by another."""
        found = [alert for alert in self.call("/api/v2/alerts") if alert["labels"] == labels]
        return bool(found and found[0]["status"]["inhibitedBy"])

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's series that have these labels."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = [line for line in lines if line.startswith(name + "{") and all(one in line for one in wanted)]
        return sum(float(line.rpartition(" ")[2]) for line in found)


def write_setup(folder: Path, setup: Setup) -> Path:
    """Write the file that runs, with its templates and secrets, and return where it is."""
    secrets, target = folder / "secrets", folder / "alertmanager" / "alertmanager.yml"
    for path in (secrets, target.parent):
        path.mkdir(parents=True, exist_ok=True)
    for name, value in setup.secrets.items():
        (secrets / name).write_text(value, encoding="utf-8")
    rendering = Rendering(
        addresses=setup.addresses,
        paths={"/run/secrets/watchkeeper": str(secrets)},
        time_scale=setup.time_scale,
    )
    text = render_file((_FOLDER / "alertmanager.yml").read_text(encoding="utf-8"), rendering)
    text = text.replace("templates/*.tmpl", f"{_FOLDER}/templates/*.tmpl")
    target.write_text(text.replace("timeout: 10s", f"timeout: {setup.timeout}"), encoding="utf-8")
    write_alertmanager(target, target, folder / "receivers.json", settings=setup.settings, secrets_dir=secrets)
    return target


@contextmanager
def running_alertmanager(program: Path, folder: Path, setup: Setup) -> Iterator[Alertmanager]:
    """Run it in a process of its own until the block ends."""
    address = free_address()
    command = [
        str(program),
        f"--config.file={write_setup(folder, setup)}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={address}",
        f"--web.external-url={EXTERNAL_URL}",
        "--web.route-prefix=/",
        "--cluster.listen-address=",
        "--enable-feature=utf8-strict-mode,receiver-name-in-metrics",
    ]
    environ = {"AWS_SHARED_CREDENTIALS_FILE": str(folder / "secrets" / AWS_CREDENTIALS), **setup.environ}
    with (
        (folder / "alertmanager.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | environ) as process,
    ):
        try:
            running = Alertmanager(address)
            until(lambda: _answers(running))
            yield running
        finally:
            process.terminate()


def until(holds: Callable[[], Any], *, seconds: float = _DEADLINE_SECONDS) -> Any:
    """Ask until it holds and return what it gave; fail after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to hold in time")


def _answers(running: Alertmanager) -> bool:
    try:
        return running.call("/api/v2/status") is not None
    except OSError:
        return False
