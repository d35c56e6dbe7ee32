"""The containers of the bundle, as `docker compose ps` reports them, and the ports they are to publish."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.config import fast_yaml
from watchkeeper.config.profiles import profiles_of
from watchkeeper.config.settings import Settings
from watchkeeper.operator.doctor.finding import Finding, fine, wrong
from watchkeeper.operator.standalone import compose

# The service that runs once, before the others.
_ONCE = "setup"
_PUBLISHED = re.compile(r"(?:127\.0\.0\.1:)?\$\{(?P<variable>\w+):-(?P<default>\d+)\}:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a service: its state, what its health check says, its exit code and published ports."""

    service: str
    state: str
    health: str
    exit_code: int
    ports: frozenset[int]

    @property
    def is_well(self) -> bool:
        """Whether it runs and is healthy, or did once what it had to; what was stopped ends as well as that."""
        is_running = self.state == "running" and self.health in ("", "healthy")
        return is_running or (self.service == _ONCE and self.state == "exited" and self.exit_code == 0)

    @property
    def said(self) -> str:
        """Its service and state, as half a sentence."""
        return f"{self.service} is {self.health or self.state}"


def read_containers(root: Path) -> list[Container]:
    """Every container of the bundle; none when it was never started."""
    return [_container(row) for row in compose.containers(root)]


def unready(containers: Sequence[Container], services: Iterable[str]) -> list[str]:
    """What is not as it should be of the services that `up` starts, half a sentence for each."""
    there = {item.service for item in containers}
    missing = [f"{name} has no container" for name in services if name not in there]
    return [item.said for item in containers if not item.is_well] + missing


def _container(row: dict[str, Any]) -> Container:
    ports = frozenset(int(port["PublishedPort"]) for port in row.get("Publishers") or () if port.get("PublishedPort"))
    return Container(
        service=str(row["Service"]),
        state=str(row["State"]),
        health=str(row.get("Health") or ""),
        exit_code=int(row.get("ExitCode") or 0),
        ports=ports,
    )


def check_containers(containers: Iterable[Container], services: Iterable[str]) -> Iterator[Finding]:
    """One finding for each, also for those that are not there; none while nothing runs."""
    there = set()
    for item in containers:
        there.add(item.service)
        if item.is_well:
            yield fine("Containers", item.said)
        else:
            fix = f"Look at make logs C={item.service}, then run make up."
            yield wrong("Containers", f"{item.said}, exit code {item.exit_code}", fix)
    for name in services if there else ():
        if name not in there:
            yield wrong("Containers", f"{name} has no container", "Run make up.")


def published(root: Path, settings: Settings) -> dict[str, int]:
    """The ports that the services of the profiles that are on publish, by the variable that sets each."""
    tree = fast_yaml.load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    on = profiles_of({"WATCHKEEPER_PROFILES": settings.environ.get("COMPOSE_PROFILES", "")})
    services = [item for item in tree["services"].values() if not item.get("profiles") or on & set(item["profiles"])]
    found = [_PUBLISHED.fullmatch(str(port)) for item in services for port in item.get("ports") or ()]
    return {port["variable"]: int(settings.environ.get(port["variable"]) or port["default"]) for port in found if port}
