"""What a profile of docker-compose.yml brings with it: a destination for traces, targets, data sources.

The names of the profiles that are on come in WATCHKEEPER_PROFILES, which docker-compose.yml fills from
COMPOSE_PROFILES, so that one variable switches a profile on everywhere. Pure: `setup` and `load` do the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watchkeeper.config.audits import LANGFUSE_OTLP, with_audit
from watchkeeper.config.forward import Audit, AuditApi, Forward
from watchkeeper.config.schema import ConfigFile

Tree = Mapping[str, Any]

_TRACING, _LANGFUSE = "tracing", "langfuse"
# Where it answers queries; it takes OTLP at another.
_TEMPO_PORT = 3200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Destination:
    """A backend for traces that a profile runs, the variable that names its address, and the file with its key.

    The same key, where it needs one, reads what it stored.
    """

    profile: str
    name: str
    variable: str
    api: AuditApi
    headers_file: Path | None = None


_DESTINATIONS = (
    _Destination(profile=_TRACING, name="tempo", variable="WATCHKEEPER_TEMPO_URL", api="tempo"),
    _Destination(
        profile=_LANGFUSE,
        name="langfuse",
        variable="WATCHKEEPER_LANGFUSE_URL",
        api="langfuse",
        headers_file=Path("/run/langfuse/key/headers"),
    ),
)

# What Prometheus scrapes when a profile is on, and the service that the numbers are about.
TARGETS: Mapping[str, tuple[str, str]] = {
    "host": ("node-exporter:9100", "watchkeeper-host"),
    "cadvisor": ("cadvisor:8080", "watchkeeper-containers"),
    _TRACING: (f"tempo:{_TEMPO_PORT}", "watchkeeper-tempo"),
}


def profiles_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The names of the profiles that are on."""
    return frozenset(name.strip() for name in environ.get("WATCHKEEPER_PROFILES", "").split(",") if name.strip())


def with_destinations(file: ConfigFile, environ: Mapping[str, str]) -> ConfigFile:
    """The configuration with traces going on to what profiles run, unless the file says itself how it is reached.

    Each destination has how it is asked what it stored, where that is known.
    """
    named = {destination.name for destination in file.forward}
    running = [one for one in _DESTINATIONS if one.profile in profiles_of(environ) and environ.get(one.variable)]
    more = tuple(
        Forward(name=one.name, endpoint=environ[one.variable], headers_file=one.headers_file)
        for one in running
        if one.name not in named
    )
    audits = {environ[one.variable].rstrip("/"): _audit(one, environ[one.variable]) for one in running}
    forward = tuple(with_audit(one, file, audits) for one in (*file.forward, *more))
    return file.model_copy(update={"forward": forward}) if forward != file.forward else file


def _audit(running: _Destination, endpoint: str) -> Audit:
    """How a backend is asked that a profile runs: Tempo at another port than it takes OTLP at."""
    if running.api == "langfuse":
        url = endpoint.rstrip("/").removesuffix(LANGFUSE_OTLP)
    else:
        parts = urlsplit(endpoint)
        url = f"{parts.scheme}://{parts.hostname}:{_TEMPO_PORT}"
    return Audit(api=running.api, url=url, headers_file=running.headers_file)


def langfuse_project_url(environ: Mapping[str, str]) -> str:
    """Where people find forwarded traces: LANGFUSE_PROJECT_URL, else the project that the profile makes, else empty."""
    base = environ.get("LANGFUSE_URL", "").rstrip("/") if _LANGFUSE in profiles_of(environ) else ""
    return environ.get("LANGFUSE_PROJECT_URL", "").rstrip("/") or (f"{base}/project/watchkeeper" if base else "")


def targets_of(profiles: frozenset[str]) -> list[dict[str, Any]]:
    """The targets of the profiles that are on, as Prometheus reads them from a file."""
    return [
        {"targets": [address], "labels": {"service": service}}
        for profile, (address, service) in TARGETS.items()
        if profile in profiles
    ]


def with_sources(base: Tree, more: Tree) -> dict[str, Any]:
    """Grafana's data sources with those of a profile: new ones come last, links are added to those of the same name."""
    sources = [dict(source) for source in base["datasources"]]
    by_name = {source["name"]: source for source in sources}
    for addition in more["datasources"]:
        if addition["name"] not in by_name:
            sources.append(dict(addition))
            continue
        source = by_name[addition["name"]]
        source["jsonData"] = _joined(source["jsonData"], addition["jsonData"])
    return {**base, "datasources": sources}


def _joined(settings: Tree, more: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Settings whose lists are made longer."""
    return {**settings, **{key: [*settings.get(key, ()), *added] for key, added in more.items()}}
