"""What a profile of docker-compose.yml brings with it: a destination for traces, targets, data sources.

The names of the profiles that are on come in WATCHKEEPER_PROFILES, which docker-compose.yml fills from
COMPOSE_PROFILES, so that one variable switches a profile on everywhere. Pure: `setup` and `load` do the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.config.forward import Forward
from watchkeeper.config.schema import ConfigFile

Tree = Mapping[str, Any]

_TRACING, _LANGFUSE = "tracing", "langfuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Destination:
    """A backend for traces that a profile runs, the variable that names its address, and the file with its key."""

    profile: str
    name: str
    variable: str
    headers_file: Path | None = None


_DESTINATIONS = (
    _Destination(profile=_TRACING, name="tempo", variable="WATCHKEEPER_TEMPO_URL"),
    _Destination(
        profile=_LANGFUSE,
        name="langfuse",
        variable="WATCHKEEPER_LANGFUSE_URL",
        headers_file=Path("/run/langfuse/key/headers"),
    ),
)

# What Prometheus scrapes when a profile is on, and the service that the numbers are about.
TARGETS: Mapping[str, tuple[str, str]] = {
    "host": ("node-exporter:9100", "watchkeeper-host"),
    "cadvisor": ("cadvisor:8080", "watchkeeper-containers"),
    _TRACING: ("tempo:3200", "watchkeeper-tempo"),
}


def profiles_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The names of the profiles that are on."""
    return frozenset(name.strip() for name in environ.get("WATCHKEEPER_PROFILES", "").split(",") if name.strip())


def with_destinations(file: ConfigFile, environ: Mapping[str, str]) -> ConfigFile:
    """The configuration with traces going on to what profiles run, unless the file says itself how it is reached."""
    destinations = {destination.name for destination in file.forward}
    profiles = profiles_of(environ)
    more = tuple(
        Forward(name=item.name, endpoint=environ[item.variable], headers_file=item.headers_file)
        for item in _DESTINATIONS
        if item.profile in profiles and item.name not in destinations and environ.get(item.variable)
    )
    return file.model_copy(update={"forward": (*file.forward, *more)}) if more else file


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
