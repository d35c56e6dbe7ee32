"""The whole examination, once for local processes and once for containers: reads the facts, asks the judges."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx

from watchkeeper.config.addresses import addresses_of
from watchkeeper.config.alerts_token import FILE as ALERTS_TOKEN
from watchkeeper.config.load import load_config
from watchkeeper.config.settings import Settings
from watchkeeper.errors import ConfigError
from watchkeeper.operator.doctor import docker_engine, machine, receivers, secret_files
from watchkeeper.operator.doctor.containers import check_containers, published, read_containers
from watchkeeper.operator.doctor.finding import Finding, fine, wrong
from watchkeeper.operator.doctor.retention import look_at_retention
from watchkeeper.operator.standalone import bundle, compose
from watchkeeper.operator.standalone.commands import ask
from watchkeeper.operator.standalone.records import Records

_ANSWER_SECONDS = 10.0
_ALERTS_TOKEN = f"/run/watchkeeper/{ALERTS_TOKEN}"
_CONTAINER_LOGS = "/var/lib/docker/containers"


def examine_processes(running: bundle.Bundle) -> Iterator[Finding]:
    """Look at everything that local processes need."""
    root, settings = running.places.root, running.settings
    components = running.components()
    records = Records(folder=running.places.run)
    alive = [item for item in components if (record := records.read(item.name)) is not None and record.is_running]
    wanted = {variable: port for item in components for variable, port in item.ports.items()}
    yield from _look_at_ports(wanted, frozenset(port for item in alive for port in item.ports.values()))
    yield from _look_at_machine(running.places.data)
    yield from _look_at_configuration(settings.config_file(root), settings)
    names = secret_files.wanted_names(root)
    found = [
        *secret_files.check_here(running.places.secrets, names),
        *secret_files.check_content(running.places.secrets, names),
    ]
    yield from secret_files.summed_up(found, len(list(secret_files.files_below(running.places.secrets))))
    statuses = bundle.receivers(running.places)
    yield from receivers.check_receivers(statuses)
    if statuses:
        yield from receivers.check_alerts_token(is_there=(running.places.config / ALERTS_TOKEN).is_file())
    yield from _look_at_names(root, running.places.secrets, receivers.resolves_here)
    yield from _look_at_states(running)
    yield from _look_at_retention(root, settings)


def examine_docker(root: Path, settings: Settings) -> Iterator[Finding]:
    """Look at everything that containers need."""
    info = docker_engine.read_info()
    yield from docker_engine.check_versions(str(info.get("ServerVersion")), docker_engine.compose_version())
    yield docker_engine.check_limits(info)
    yield docker_engine.check_engine_clock(info, datetime.now(UTC))
    mounted = settings.environ.get("DOCKER_CONTAINERS_DIR") or _CONTAINER_LOGS
    yield from docker_engine.check_logs(info, mounted)
    containers = read_containers(root)
    yield from _look_at_ports(published(root, settings), frozenset(p for item in containers for p in item.ports))
    yield from _look_at_machine(Path(str(info.get("DockerRootDir"))))
    yield from _look_at_configuration(root / "watchkeeper.yml", settings)
    yield from _look_at_secrets_in_docker(root)
    statuses = compose.receivers(root)
    yield from receivers.check_receivers(statuses)
    if statuses:
        yield from receivers.check_alerts_token(is_there=compose.has_file(root, "exporter", _ALERTS_TOKEN))
    yield from _look_at_names(root, root / "secrets", lambda host: _resolves_in_docker(root, host))
    yield from check_containers(containers)
    yield from _look_at_retention(root, settings)


def _look_at_ports(wanted: Mapping[str, int], ours: frozenset[int]) -> Iterator[Finding]:
    yield from machine.check_ports(wanted, machine.holders(wanted), ours)


def _look_at_machine(data: Path) -> Iterator[Finding]:
    yield machine.check_disk(data, machine.free_bytes(data))
    text = ""
    with suppress(OSError):
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    yield machine.check_memory(machine.read_memory(text))
    yield machine.check_clock(machine.clock_state())


def _look_at_configuration(file: Path, settings: Settings) -> Iterator[Finding]:
    try:
        load_config(file, settings.environ)
    except ConfigError as problem:
        for line in problem.problems:
            yield wrong("Configuration", line, f"Fix it in {file.name}; make reload applies it.")
    else:
        yield fine("Configuration", f"{file.name} is valid")


def _look_at_secrets_in_docker(root: Path) -> Iterator[Finding]:
    folder, names = root / "secrets", secret_files.wanted_names(root)
    files = {path.name: secret_files.mode_of(path) for path in secret_files.files_below(folder)}
    checked = secret_files.check_in_docker(secret_files.mode_of(folder), files) if files else ()
    yield from secret_files.summed_up([*checked, *secret_files.check_content(folder, names)], len(files))


def _look_at_names(root: Path, secrets: Path, resolves: receivers.Resolves) -> Iterator[Finding]:
    contents = receivers.read_secrets(secret_files.files_below(secrets))
    with suppress(ConfigError):
        notify = load_config(root / "watchkeeper.yml", os.environ).file.notify
        smarthost = notify.email.smarthost if notify.email else ""
        hosts = receivers.hosts_of(contents, smarthost, addresses_of(notify))
        yield from receivers.check_names(hosts, resolves)


def _resolves_in_docker(root: Path, host: str) -> bool:
    """Whether Alertmanager's container finds the name; while it does not run, whether this machine does."""
    if not compose.receivers(root):
        return receivers.resolves_here(host)
    lookup = ["exec", "-T", "alertmanager", "nslookup", host]
    return (
        ask(["docker", "compose", "--project-directory", str(root), *lookup], timeout_seconds=_ANSWER_SECONDS).code == 0
    )


def _look_at_states(running: bundle.Bundle) -> Iterator[Finding]:
    states = bundle.status(running)
    if all(state is bundle.State.OFF for _, state in states):
        return
    for component, state in states:
        if state is bundle.State.READY:
            yield fine("Processes", f"{component.title} is ready")
        else:
            fix = f"Look at make logs C={component.name}, then run make up."
            yield wrong("Processes", f"{component.title}: {state.value}", fix)


def _look_at_retention(root: Path, settings: Settings) -> Iterator[Finding]:
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:

        def asked(component: str, path: str) -> httpx.Response:
            return client.get(f"http://127.0.0.1:{settings.ports[component]}{path}").raise_for_status()

        prometheus_file = (root / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
        loki_file = (root / "loki" / "loki.yml").read_text(encoding="utf-8")
        yield from look_at_retention(prometheus_file, loki_file, asked)
