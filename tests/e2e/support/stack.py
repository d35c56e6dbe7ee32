"""A bundle of its own for the tests: free ports, its own folders, time that runs faster, receivers of ours."""

import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from tests.e2e.support.payloads import Payload
from tests.e2e.support.receivers import ROUTING_KEY, Receivers
from tests.e2e.support.waiting import eventually

from watchkeeper.standalone.bundle import Bundle, down, up
from watchkeeper.standalone.components import Component
from watchkeeper.standalone.places import Places
from watchkeeper.standalone.readiness import wait_until_ready
from watchkeeper.standalone.settings import DEFAULT_PORTS, read_settings
from watchkeeper.standalone.supervise import start, stop

PROJECT = Path(__file__).resolve().parents[3]

# Minutes of the shipped rules pass in seconds.
TIME_SCALE = 60.0


@dataclass
class Stack:
    """A running bundle, asked the way its users ask it."""

    bundle: Bundle
    components: dict[str, Component]
    receivers: Receivers
    client: httpx.Client

    def url(self, component: str, path: str) -> str:
        """An address of a component."""
        return f"http://127.0.0.1:{self.bundle.settings.ports[component]}{path}"

    def post(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send bytes to the exporter."""
        return self.client.post(self.url("exporter", path), content=content, headers=headers)

    def post_payload(self, payload: Payload) -> None:
        """Send a payload as its client did."""
        answer = self.post(payload.path, payload.body, payload.headers)
        assert answer.status_code == 200, answer.text

    def query(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of every series that an instant query gives."""
        answer = self.client.get(self.url("prometheus", "/api/v1/query"), params={"query": promql}).json()
        assert answer["status"] == "success", answer
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]

    def lines(self, logql: str) -> list[dict[str, str]]:
        """Labels, structured metadata and parsed fields of the log lines of the last hour."""
        answer = self.client.get(
            self.url("loki", "/loki/api/v1/query_range"),
            params={"query": logql, "limit": "1000", "since": "1h"},
        ).json()
        return [
            stream["stream"] | {"line": line[1]} for stream in answer["data"]["result"] for line in stream["values"]
        ]

    def alerts(self) -> list[dict[str, Any]]:
        """What Alertmanager holds."""
        alerts: list[dict[str, Any]] = self.client.get(self.url("alertmanager", "/api/v2/alerts")).json()
        return alerts

    def let_prometheus_scrape(self) -> None:
        """Return when Prometheus has seen what the exporter says now."""
        before = self._scrape_time()
        eventually("Prometheus scrapes the exporter", lambda: self._scrape_time() > before)

    def _scrape_time(self) -> float:
        found = self.query('max(timestamp(up{job="exporter"}))')
        return found[0][1] if found else 0.0

    def restart(self, name: str) -> None:
        """Stop one component cleanly and start it again."""
        component = self.components[name]
        stop(component, self.bundle.places)
        record = start(component, self.bundle.places)
        wait_until_ready([(component, record)], self.bundle.places)


def start_stack(folder: Path, exits: ExitStack) -> Stack:
    """Start a bundle below ``folder``; whatever was started ends with ``exits``."""
    receivers = exits.enter_context(Receivers())
    client = exits.enter_context(httpx.Client(timeout=10, trust_env=False))
    places = Places(root=PROJECT, work=folder / "work", secrets=folder / "secrets")
    _write_secrets(places.secrets, receivers)
    bundle = Bundle(
        places=places,
        settings=read_settings(folder, environ_with_free_ports()),
        time_scale=TIME_SCALE,
        addresses={"https://events.pagerduty.com/v2/enqueue": f"{receivers.url}/pagerduty"},
    )
    exits.callback(down, bundle)
    components = up(bundle, Console(stderr=True), os.environ)
    return Stack(bundle, {item.name: item for item in components}, receivers, client)


def environ_with_free_ports() -> dict[str, str]:
    """Every port variable set to a port that nobody uses."""
    with ExitStack() as sockets:
        servers = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in DEFAULT_PORTS]
        ports = [str(server.getsockname()[1]) for server in servers]
    return {variable: port for (variable, _), port in zip(DEFAULT_PORTS.values(), ports, strict=True)}


def _write_secrets(folder: Path, receivers: Receivers) -> None:
    folder.mkdir(parents=True)
    (folder / "slack_api_url").write_text(f"{receivers.url}/slack\n", encoding="utf-8")
    (folder / "pagerduty_routing_key").write_text(f"{ROUTING_KEY}\n", encoding="utf-8")
