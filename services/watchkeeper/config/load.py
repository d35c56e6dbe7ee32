"""watchkeeper.yml and the environment to one frozen Config; all errors are reported at once."""

import hashlib
import re
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml
from pydantic import ValidationError

from watchkeeper.config import invalid_yaml
from watchkeeper.config.forward import Forward
from watchkeeper.config.headers import read_headers
from watchkeeper.config.problems import explain, places
from watchkeeper.config.profiles import langfuse_project_url, with_destinations
from watchkeeper.config.quoted import Source
from watchkeeper.config.schema import ConfigFile
from watchkeeper.errors import ConfigError

_MAX_PORT = 65535
_PORT = re.compile(r"[0-9]{1,5}\Z")
_SECONDS = re.compile(r"[0-9]{1,5}\Z")
# Eight scrapes of prometheus/prometheus.yml, and well within the five minutes for which Prometheus shows old samples.
_SCRAPE_OVERDUE_SECONDS = "120"
# What the user writes, and the driver that speaks it.
_DATABASES = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


Headers = Mapping[str, Mapping[str, str]]
ReadHeaders = Callable[[tuple[Forward, ...], Path, str, list[str]], Headers]


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key given twice is an error, not the second one's silent victory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT002
        """Build a mapping; refuse the second of two equal keys. What ``<<`` merges in may be overridden."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. ``file`` is watchkeeper.yml; the rest comes from the environment.

    ``file_path`` is where it was read and ``file_hash`` the first 12 hex digits of its SHA-256, empty without a file.
    ``prices_file`` has the price tables that `make prices` fetched.
    ``rules_dirs`` are the folders of the rules that a component should run, by its name.
    ``dependencies`` are base URLs of the other parts of the bundle by name, as the process reaches them;
    ``grafana_url`` is where people reach Grafana, ``langfuse_project_url`` the project of Langfuse that traces are
    forwarded to, and ``url`` where they reach our own pages; lines are pushed to
    ``loki_push_url`` unless it is empty, because then someone else brings them.
    ``forward_headers`` are the HTTP headers of each destination by name.
    ``scrape_overdue_seconds`` is how long no scrape may end before the exporter says so; 0 asks for no such line.
    ``alerts_token_file`` has the secret that Alertmanager shows; None asks for none.
    ``hosts`` are the names by which it is reached, beside addresses and private ones.
    ``state_url`` is the database in ``state_dir`` or another one, as SQLAlchemy reads it; empty when there is neither.
    """

    file: ConfigFile
    file_path: Path | None
    file_hash: str
    host: str
    port: int
    state_dir: Path | None
    state_url: str
    scrape_overdue_seconds: int
    runbooks_dir: Path | None
    prices_file: Path | None
    rules_dirs: Mapping[str, Path]
    receivers_file: Path | None
    alerts_token_file: Path | None
    user_hash_key: str
    dependencies: Mapping[str, str]
    grafana_url: str
    langfuse_project_url: str
    url: str
    loki_push_url: str
    forward_headers: Headers
    hosts: tuple[str, ...]

    @property
    def exporter_url(self) -> str:
        """The exporter's base URL as this process reaches it; empty when it was not given."""
        return self.dependencies.get("exporter", "")

    @property
    def folder(self) -> Path:
        """Where relative paths in watchkeeper.yml begin."""
        return self.file_path.parent if self.file_path else Path()


def load_config(path: Path | None, environ: Mapping[str, str], read_headers: ReadHeaders = read_headers) -> Config:
    """Return the configuration; ``path`` None means WATCHKEEPER_CONFIG, and no file at all means the defaults.

    ``read_headers`` reads the keys of destinations; a process that forwards nothing passes ``no_headers``.

    Raises: ConfigError with one line for every error in the file and in the environment.
    """
    problems: list[str] = []
    where: dict[str, str] = {}
    chosen = path or _path(environ, "WATCHKEEPER_CONFIG")
    raw = _read(chosen, problems) if chosen else b""
    file = _parse(chosen.name if chosen else "", raw, problems, where)
    port = _port(environ, problems)
    state_url = _state_url(environ, problems)
    scrape_overdue_seconds = _scrape_overdue_seconds(environ, problems)
    folder, name = (chosen.parent, chosen.name) if chosen else (Path(), "")
    headers = read_headers(with_destinations(file, environ).forward, folder, name, problems) if file else {}
    if problems or file is None:
        raise ConfigError(problems, where)
    return Config(
        file=with_destinations(file, environ),
        file_path=chosen,
        file_hash=hashlib.sha256(raw).hexdigest()[:12] if raw else "",
        host=environ.get("WATCHKEEPER_HOST") or "127.0.0.1",
        port=port,
        state_dir=_path(environ, "WATCHKEEPER_STATE_DIR"),
        state_url=state_url,
        scrape_overdue_seconds=scrape_overdue_seconds,
        runbooks_dir=_path(environ, "WATCHKEEPER_RUNBOOKS"),
        prices_file=_path(environ, "WATCHKEEPER_PRICES"),
        rules_dirs=_rules_dirs(environ),
        receivers_file=_path(environ, "WATCHKEEPER_RECEIVERS"),
        alerts_token_file=_path(environ, "WATCHKEEPER_ALERTS_TOKEN_FILE"),
        user_hash_key=environ.get("WATCHKEEPER_USER_HASH_KEY", ""),
        dependencies=_dependencies(environ),
        grafana_url=environ.get("GRAFANA_URL", "").rstrip("/"),
        langfuse_project_url=langfuse_project_url(environ),
        url=(environ.get("WATCHKEEPER_URL") or f"http://localhost:{port}").rstrip("/"),
        loki_push_url=environ.get("WATCHKEEPER_LOKI_PUSH_URL", "").rstrip("/"),
        forward_headers=headers,
        hosts=(*file.limits.hosts, *_own_names(environ)),
    )


def _own_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names in the addresses by which people reach the exporter: WATCHKEEPER_URL, and the domain of Caddy."""
    names = (urlsplit(environ.get("WATCHKEEPER_URL", "")).hostname, environ.get("WATCHKEEPER_DOMAIN"))
    return tuple(name.lower() for name in names if name)


def no_headers(_forward: tuple[Forward, ...], _folder: Path, _name: str, _problems: list[str]) -> Headers:
    """Read no key of any destination."""
    return {}


def load_file(path: Path) -> ConfigFile:
    """Return what watchkeeper.yml alone says, for those who need none of the rest.

    Raises: ConfigError with one line for every error in the file.
    """
    problems: list[str] = []
    where: dict[str, str] = {}
    raw = _read(path, problems)
    file = None if problems else _parse(path.name, raw, problems, where)
    if file is None:
        raise ConfigError(problems, where)
    return file


def _rules_dirs(environ: Mapping[str, str]) -> Mapping[str, Path]:
    components = ("prometheus", "loki")
    return {name: rules for name in components if (rules := _path(environ, f"WATCHKEEPER_{name.upper()}_RULES"))}


def _dependencies(environ: Mapping[str, str]) -> Mapping[str, str]:
    components = ("exporter", "prometheus", "alertmanager", "loki", "grafana")
    urls = {name: environ.get(f"WATCHKEEPER_{name.upper()}_URL", "").rstrip("/") for name in components}
    return {name: url for name, url in urls.items() if url}


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(value) if (value := environ.get(name)) else None


def _port(environ: Mapping[str, str], problems: list[str]) -> int:
    text = environ.get("WATCHKEEPER_PORT") or "4318"
    if not (_PORT.match(text) and int(text) <= _MAX_PORT):
        problems.append(f"environment: WATCHKEEPER_PORT must be a number from 0 to {_MAX_PORT}, got {text[:80]!r}")
        return 0
    return int(text)


def _scrape_overdue_seconds(environ: Mapping[str, str], problems: list[str]) -> int:
    text = environ.get("WATCHKEEPER_SCRAPE_OVERDUE_SECONDS") or _SCRAPE_OVERDUE_SECONDS
    if not _SECONDS.match(text):
        problems.append(
            f"environment: WATCHKEEPER_SCRAPE_OVERDUE_SECONDS must be whole seconds, 0 for never, got {text[:80]!r}"
        )
        return 0
    return int(text)


def _state_url(environ: Mapping[str, str], problems: list[str]) -> str:
    if not (given := environ.get("WATCHKEEPER_STATE_URL", "")):
        folder = environ.get("WATCHKEEPER_STATE_DIR")
        return f"sqlite:///{folder}/state.sqlite" if folder else ""
    scheme, separator, rest = given.partition("://")
    if not separator or scheme not in _DATABASES:  # the rest may hold a password
        problems.append(
            "environment: WATCHKEEPER_STATE_URL must begin with sqlite:/// or postgresql://, "
            f"got {scheme[:20] + separator if separator else 'something else'!r}"
        )
        return ""
    return f"{_DATABASES[scheme]}://{rest}"


def _read(path: Path, problems: list[str]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problems.append(f"{path}: must be a readable file, got {error.strerror}")
        return b""


def _parse(name: str, raw: bytes, problems: list[str], where: dict[str, str]) -> ConfigFile | None:
    """The file's content; what is wrong with it is added to ``problems``, and its place to ``where``."""
    try:
        content: Any = yaml.load(raw, _UniqueKeys) or {}  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        problems.append(f"{name}: {invalid_yaml.describe(error)}")
        where[problems[-1]] = invalid_yaml.quote(error, raw)
        return None
    if not isinstance(content, dict):
        problems.append(f"{name}: must be a mapping of keys, got {type(content).__name__}")
        return None
    # a section whose every line is commented out is YAML's null: as good as absent
    given = {key: part for key, part in content.items() if part is not None or key not in ConfigFile.model_fields}
    try:
        return ConfigFile.model_validate(given)
    except ValidationError as error:
        problems.extend(explain(name, error, ConfigFile))
        where |= places(name, error, ConfigFile, Source(raw))
        return None
