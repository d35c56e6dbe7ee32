"""The local processes as data: command, environment, where each answers and what it is for."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.config.alerts_token import FILE as ALERTS_TOKEN
from watchkeeper.config.integrations import AWS_CREDENTIALS
from watchkeeper.config.links import GRAFANA
from watchkeeper.config.places import Places, fetched_prices
from watchkeeper.config.settings import Settings
from watchkeeper.operator.standalone.older import retention_flags
from watchkeeper.operator.standalone.render import Rendering, replace_places
from watchkeeper.operator.standalone.yaml_files import read_yaml

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One local process. ``ports`` are all it listens on, by the variable that sets each.

    ``rereads_files`` says that SIGHUP makes it read its files again; the others must be started again for that.
    ``fingerprint`` is of all it was made from, ``command_fingerprint`` of what only a new start can change.
    """

    name: str
    title: str
    purpose: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    ports: Mapping[str, int]
    url: str
    ready_path: str
    stop_seconds: float = 10.0
    rereads_files: bool = False
    fingerprint: str = ""
    command_fingerprint: str = ""

    @property
    def ready_url(self) -> str:
        """Where it is asked whether it is ready."""
        return self.local_url(self.ready_path)

    def local_url(self, path: str) -> str:
        """An address of its first port, as this machine reaches it."""
        return f"http://{HOST}:{next(iter(self.ports.values()))}{path}"


def rendering_for(places: Places, settings: Settings) -> Rendering:
    """Addresses and folders of docker-compose.yml, and what they are on this machine."""
    inside = {
        "exporter": 4318,
        "analyzer": 4319,
        "prometheus": 9090,
        "alertmanager": 9093,
        "loki": 3100,
        "promtail": 9080,
    }
    addresses = {f"{name}:{port}": f"{HOST}:{settings.ports[name]}" for name, port in inside.items()}
    # Links for people, where a file cannot ask the environment.
    addresses |= {f"localhost:{port}": f"localhost:{settings.ports[name]}" for name, port in inside.items()}
    addresses["localhost:3000"] = f"localhost:{settings.ports['grafana']}"
    paths = {
        "/etc/prometheus": str(places.config / "prometheus"),
        # Profiles are Docker's: no file is in here, but Prometheus reports an error every 5 minutes without a folder.
        "/run/watchkeeper/targets": str(places.run),
        "/run/watchkeeper/alertmanager": str(places.config / "alertmanager"),
        "/etc/alertmanager": str(places.config / "alertmanager"),
        "/etc/loki": str(places.config / "loki"),
        "/etc/promtail": str(places.config / "promtail"),
        "/run/secrets/watchkeeper": str(places.secrets),
        "/prometheus": str(places.data / "prometheus"),
        "/alertmanager": str(places.data / "alertmanager"),
    }
    return Rendering(addresses=addresses, paths=paths)


def make_components(
    places: Places, settings: Settings, rendering: Rendering, programs: Mapping[str, Path]
) -> tuple[Component, ...]:
    """All processes, who sends before who receives; engines take their flags from docker-compose.yml."""
    services = read_yaml(places.root / "docker-compose.yml")["services"]

    def flags(name: str) -> list[str]:
        return [replace_places(settings.fill_in(str(flag)), rendering) for flag in services[name]["command"]]

    prometheus = [str(programs["prometheus"]), *flags("prometheus")]
    if rendering.has_older_prometheus:
        prometheus += retention_flags((places.root / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))

    def listen(name: str) -> str:
        return f"--web.listen-address={HOST}:{settings.ports[name]}"

    return (
        _exporter(places, settings),
        _analyzer(places, settings, places.root if rendering.keeps_rules else places.config),
        _prometheus(settings, [*prometheus, listen("prometheus")], services["prometheus"]),
        _alertmanager(
            places, settings, [str(programs["alertmanager"]), *flags("alertmanager"), listen("alertmanager")]
        ),
        _promtail(places, settings, [str(programs["promtail"]), *flags("promtail")]),
        _loki(places, settings, [str(programs["loki"]), *flags("loki")]),
    )


def _exporter(places: Places, settings: Settings) -> Component:
    port = settings.ports["exporter"]
    return Component(
        name="exporter",
        title="Exporter",
        purpose="takes in telemetry, serves runbooks",
        command=(sys.executable, "-m", "watchkeeper.cli", "serve"),
        environ={
            "WATCHKEEPER_HOST": HOST,
            "WATCHKEEPER_PORT": str(port),
            "WATCHKEEPER_CONFIG": str(settings.config_file(places.root)),
            "WATCHKEEPER_STATE_DIR": str(places.data / "exporter"),
            "WATCHKEEPER_PRICES": str(fetched_prices(places.root)),
            "WATCHKEEPER_RUNBOOKS": str(places.root / "docs" / "runbooks"),
            "WATCHKEEPER_RECEIVERS": str(places.config / "receivers.json"),
            "WATCHKEEPER_ALERTS_TOKEN_FILE": str(places.config / ALERTS_TOKEN),
            **{
                f"WATCHKEEPER_{name.upper()}_URL": f"http://{HOST}:{settings.ports[name]}"
                for name in ("prometheus", "alertmanager", "loki")
            },
            **_own_address(settings),
        },
        ports={"EXPORTER_PORT": port},
        url=settings.url("exporter"),
        ready_path="/startup",
        rereads_files=True,
    )


def _analyzer(places: Places, settings: Settings, rules: Path) -> Component:
    port = settings.ports["analyzer"]
    others = {
        f"WATCHKEEPER_{name.upper()}_URL": f"http://{HOST}:{settings.ports[name]}"
        for name in ("exporter", "prometheus", "alertmanager", "loki")
    }
    return Component(
        name="analyzer",
        title="Analyzer",
        purpose="runs scheduled jobs on stored data",
        command=(sys.executable, "-m", "watchkeeper.cli", "analyze"),
        environ={
            "WATCHKEEPER_HOST": HOST,
            "WATCHKEEPER_PORT": str(port),
            "WATCHKEEPER_CONFIG": str(settings.config_file(places.root)),
            "WATCHKEEPER_STATE_DIR": str(places.data / "analyzer"),
            "WATCHKEEPER_PRICES": str(fetched_prices(places.root)),
            **_own_address(settings),
            "WATCHKEEPER_PROMETHEUS_RULES": str(rules / "prometheus" / "rules"),
            "WATCHKEEPER_LOKI_RULES": str(rules / "loki" / "rules" / "fake"),
            **others,
        },
        ports={"ANALYZER_PORT": port},
        url=settings.url("analyzer"),
        # Not /ready: it would wait for the engines, which are asked themselves.
        ready_path="/startup",
    )


def _own_address(settings: Settings) -> dict[str, str]:
    """Where people reach our pages, when that is not an address of this machine."""
    url = settings.environ.get("WATCHKEEPER_URL", "")
    return {"WATCHKEEPER_URL": url} if url else {}


def _grafana_if_any(settings: Settings) -> dict[str, str]:
    """Grafana is no part of this bundle: alerts link to one where the operator says that there is one."""
    return {GRAFANA: settings.environ.get(GRAFANA, "")}


def _alertmanager(places: Places, settings: Settings, command: list[str]) -> Component:
    return Component(
        name="alertmanager",
        title="Alertmanager",
        purpose="groups alerts, sends notifications",
        command=tuple(command),
        environ={"AWS_SHARED_CREDENTIALS_FILE": str(places.secrets / AWS_CREDENTIALS)},
        ports={"ALERTMANAGER_PORT": settings.ports["alertmanager"]},
        url=settings.url("alertmanager"),
        ready_path="/-/ready",
        rereads_files=True,
    )


def _loki(places: Places, settings: Settings, command: list[str]) -> Component:
    return Component(
        name="loki",
        title="Loki",
        purpose="stores log lines, finds each call",
        command=tuple(command),
        environ={
            "LISTEN_ADDRESS": HOST,
            "LOKI_HTTP_PORT": str(settings.ports["loki"]),
            "LOKI_GRPC_PORT": str(settings.ports["loki_grpc"]),
            "LOKI_DATA": str(places.data / "loki"),
            "LOKI_RULES": str(places.config / "loki" / "rules"),
            "ALERTMANAGER_URL": f"http://{HOST}:{settings.ports['alertmanager']}",
            "LOKI_DELETION_MODE": settings.environ.get("LOKI_DELETION_MODE", ""),
            **_grafana_if_any(settings),
        },
        ports={"LOKI_PORT": settings.ports["loki"], "LOKI_GRPC_PORT": settings.ports["loki_grpc"]},
        url=settings.url("loki"),
        ready_path="/ready",
        # Loki writes what it still holds in memory before it leaves.
        stop_seconds=30.0,
    )


def _prometheus(settings: Settings, command: list[str], service: Mapping[str, Any]) -> Component:
    environ = {name: settings.fill_in(str(value)) for name, value in service.get("environment", {}).items()}
    environ |= _grafana_if_any(settings)
    return Component(
        name="prometheus",
        title="Prometheus",
        purpose="stores metrics, evaluates rules",
        command=tuple(command),
        environ=environ,
        ports={"PROMETHEUS_PORT": settings.ports["prometheus"]},
        url=settings.url("prometheus"),
        ready_path="/-/ready",
        rereads_files=True,
        stop_seconds=30.0,
    )


def _promtail(places: Places, settings: Settings, command: list[str]) -> Component:
    return Component(
        name="promtail",
        title="Promtail",
        purpose="tails the logs into Loki",
        command=tuple(command),
        environ={
            "LISTEN_ADDRESS": HOST,
            "PROMTAIL_HTTP_PORT": str(settings.ports["promtail"]),
            "PROMTAIL_DATA": str(places.data / "promtail"),
            "PROCESS_LOGS": str(places.logs),
            # Containers of this machine are none of the bundle's business.
            "CONTAINER_LOGS": str(places.data / "no-containers"),
            "LOKI_URL": f"http://{HOST}:{settings.ports['loki']}",
        },
        ports={"PROMTAIL_PORT": settings.ports["promtail"]},
        url=settings.url("promtail"),
        ready_path="/ready",
    )
