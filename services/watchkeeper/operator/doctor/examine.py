"""The whole examination, once for local processes and once for containers: reads the facts, asks the judges."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx

from watchkeeper.config.addresses import addresses_of
from watchkeeper.config.alerts_token import FILE as ALERTS_TOKEN
from watchkeeper.config.load import load_config
from watchkeeper.config.places import Places
from watchkeeper.config.receiver_changes import found_now
from watchkeeper.config.receiver_status import ReceiverStatus
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
_STOP_SOMETHING = "Stop something else"
_RESOLVER = "Fix the resolver of this machine (/etc/resolv.conf)"


def examine_processes(running: bundle.Bundle) -> Iterator[Finding]:
    """Look at everything that local processes need."""
    root, settings = running.places.root, running.settings
    components = running.components()
    records = Records(folder=running.places.run)
    alive = [item for item in components if (record := records.read(item.name)) is not None and record.is_running]
    wanted = {variable: port for item in components for variable, port in item.ports.items()}
    yield from _look_at_ports(wanted, frozenset(port for item in alive for port in item.ports.values()))
    yield from _look_at_machine(running.places.data, f"{_STOP_SOMETHING}, or give the machine more memory.")
    yield from _look_at_configuration(settings.config_file(root), settings)
    yield from _look_at_secrets_here(running.places, settings)
    statuses = bundle.receivers(running.places)
    yield from _look_at_receivers(statuses, root, settings.config_file(root), running.places.secrets)
    yield from receivers.check_links(statuses, settings.environ, has_grafana=False)
    if statuses:
        yield from receivers.check_alerts_token(is_there=(running.places.config / ALERTS_TOKEN).is_file())
    hosts = _hosts(settings.config_file(root), running.places.secrets, settings)
    yield from receivers.check_names(hosts, receivers.resolves_here, f"{_RESOLVER}.")
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
    memory_fix = f"{_STOP_SOMETHING}, or lower PROMETHEUS_MEMORY and LOKI_MEMORY in .env."
    yield from _look_at_machine(Path(str(info.get("DockerRootDir"))), memory_fix)
    yield from _look_at_configuration(root / "watchkeeper.yml", settings)
    yield from _look_at_secrets_in_docker(root)
    statuses = compose.receivers(root)
    yield from _look_at_receivers(statuses, root, root / "watchkeeper.yml", root / "secrets")
    yield from receivers.check_links(statuses, settings.environ, has_grafana=True)
    if statuses:
        yield from receivers.check_alerts_token(is_there=compose.has_file(root, "exporter", _ALERTS_TOKEN))
    hosts = _hosts(root / "watchkeeper.yml", root / "secrets", settings)
    fix = f"{_RESOLVER}, or set dns in /etc/docker/daemon.json."
    yield from receivers.check_names(hosts, lambda host: _resolves_in_docker(root, host), fix)
    yield from check_containers(containers, compose.services(root) if containers else ())
    yield from _look_at_retention(root, settings)


def _look_at_ports(wanted: Mapping[str, int], ours: frozenset[int]) -> Iterator[Finding]:
    yield from machine.check_ports(wanted, machine.holders(wanted), ours)


def _look_at_machine(data: Path, memory_fix: str) -> Iterator[Finding]:
    yield machine.check_disk(data, machine.free_bytes(data))
    text = ""
    with suppress(OSError):
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    yield machine.check_memory(machine.read_memory(text), memory_fix)
    yield machine.check_clock(machine.clock_state())


def _look_at_configuration(file: Path, settings: Settings) -> Iterator[Finding]:
    try:
        load_config(file, settings.environ)
    except ConfigError as problem:
        for line in problem.problems:
            yield wrong("Configuration", line, f"Fix it in {file.name}; make reload applies it.")
    else:
        yield fine("Configuration", f"{file.name} is valid")


def _look_at_receivers(statuses: str, root: Path, config_file: Path, secrets: Path) -> Iterator[Finding]:
    now: tuple[ReceiverStatus, ...] = ()
    with suppress(ConfigError, OSError):
        now = found_now(root, config_file, secrets)
    yield from receivers.check_receivers(statuses, now)


def _look_at_secrets_here(places: Places, settings: Settings) -> Iterator[Finding]:
    # What is wrong with watchkeeper.yml is a finding already; without it no one knows the names of teams.
    try:
        names = secret_files.wanted_names(places.root, settings.config_file(places.root))
    except ConfigError:
        return
    found = [
        *secret_files.check_here(places.secrets, names),
        *secret_files.check_content(places.secrets, names),
    ]
    yield from secret_files.summed_up(found, len(list(secret_files.files_below(places.secrets))))


def _look_at_secrets_in_docker(root: Path) -> Iterator[Finding]:
    folder = root / "secrets"
    try:
        names = secret_files.wanted_names(root, root / "watchkeeper.yml")
    except ConfigError:
        return
    files = {path.name: secret_files.mode_of(path) for path in secret_files.files_below(folder)}
    checked = secret_files.check_in_docker(secret_files.mode_of(folder), files) if files else ()
    yield from secret_files.summed_up([*checked, *secret_files.check_content(folder, names)], len(files))


def _hosts(config_file: Path, secrets: Path, settings: Settings) -> list[str]:
    """The servers that notifications go to; none while watchkeeper.yml has errors, which are a finding."""
    contents = receivers.read_secrets(secret_files.files_below(secrets))
    try:
        notify = load_config(config_file, settings.environ).file.notify
    except ConfigError:
        return []
    smarthost = notify.email.smarthost if notify.email else ""
    return receivers.hosts_of(contents, smarthost, addresses_of(notify))


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
