"""What may differ between two machines: ports and addresses, by the same variables as in docker-compose.yml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import EngineError

# Published ports of docker-compose.yml; Loki's gRPC port is published nowhere but must be free here.
DEFAULT_PORTS = {
    "exporter": ("EXPORTER_PORT", 4318),
    "analyzer": ("ANALYZER_PORT", 4319),
    "prometheus": ("PROMETHEUS_PORT", 9090),
    "alertmanager": ("ALERTMANAGER_PORT", 9093),
    "loki": ("LOKI_PORT", 3100),
    "loki_grpc": ("LOKI_GRPC_PORT", 9095),
    "promtail": ("PROMTAIL_PORT", 9080),
    "grafana": ("GRAFANA_PORT", 3000),
}

HIGHEST_PORT = 65535

_REFERENCE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>(?:[^{}]|\{[^{}]*\})*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Ports by component, and the environment they were read from (shell over .env, as Docker Compose does)."""

    ports: dict[str, int]
    environ: dict[str, str]

    def url(self, component: str) -> str:
        """Where a person reaches a component on this machine."""
        return f"http://localhost:{self.ports[component]}"

    def config_file(self, root: Path) -> Path:
        """WATCHKEEPER_CONFIG, or the watchkeeper.yml of the project."""
        return Path(self.environ.get("WATCHKEEPER_CONFIG") or root / "watchkeeper.yml")

    @property
    def inbox(self) -> str:
        """WATCHKEEPER_INBOX: 1, 0 or empty."""
        return self.environ.get("WATCHKEEPER_INBOX", "")

    def fill_in(self, text: str) -> str:
        """Replace ``${NAME}`` and ``${NAME:-default}`` the way Docker Compose does, defaults of defaults included."""

        def value(found: re.Match[str]) -> str:
            if found["name"] is None:
                return "$"
            return self.environ.get(found["name"]) or self.fill_in(found["default"] or "")

        return _REFERENCE.sub(value, text)


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Settings from the environment and ``.env``; all wrong ports are reported at once."""
    merged = {**_read_env_file(root / ".env"), **environ}
    ports, problems = {}, []
    for component, (variable, default) in DEFAULT_PORTS.items():
        try:
            ports[component] = port_in(merged, variable, default)
        except EngineError as problem:
            problems.append(str(problem))
    if problems:
        raise EngineError("\n".join(problems))
    return Settings(ports=ports, environ=merged)


def port_in(environ: Mapping[str, str], variable: str, default: int) -> int:
    """The port that a variable names. Raises: EngineError when that is none."""
    value = environ.get(variable) or str(default)
    if not (value.isascii() and value.isdecimal() and 0 < int(value) <= HIGHEST_PORT):
        raise EngineError(f"environment: {variable} must be a port from 1 to {HIGHEST_PORT}, got {value!r}")
    return int(value)


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = re.findall(r"^\s*(?:export\s+)?(\w+)=(.*?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: _unquoted(value) for name, value in pairs}


def _unquoted(value: str) -> str:
    quoted = re.fullmatch(r"(['\"])(.*)\1", value)
    if quoted:
        return quoted[2]
    # An unquoted value ends at a comment.
    return re.split(r"\s+#", value, maxsplit=1)[0]
