"""The containers of the bundle, as `docker compose ps` reports them, and the ports they are to publish."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.config import fast_yaml
from watchkeeper.config.profiles import profiles_of
from watchkeeper.config.settings import Settings
from watchkeeper.operator.doctor.finding import Finding, fine, wrong
from watchkeeper.operator.standalone import compose

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
        """Whether it runs and is healthy, or did once what it had to."""
        is_running = self.state == "running" and self.health in ("", "healthy")
        return is_running or (self.state == "exited" and self.exit_code == 0)


def read_containers(root: Path) -> list[Container]:
    """Every container of the bundle; none when it was never started."""
    return [_container(row) for row in compose.containers(root)]


def _container(row: dict[str, Any]) -> Container:
    ports = frozenset(int(port["PublishedPort"]) for port in row.get("Publishers") or () if port.get("PublishedPort"))
    return Container(
        service=str(row["Service"]),
        state=str(row["State"]),
        health=str(row.get("Health") or ""),
        exit_code=int(row.get("ExitCode") or 0),
        ports=ports,
    )


def check_containers(containers: Iterable[Container]) -> Iterator[Finding]:
    """One finding for each; none while nothing runs."""
    for item in containers:
        state = item.health or item.state
        if item.is_well:
            yield fine("Containers", f"{item.service} is {state}")
        else:
            fix = f"Look at make logs C={item.service}, then run make up."
            yield wrong("Containers", f"{item.service} is {state}, exit code {item.exit_code}", fix)


def published(root: Path, settings: Settings) -> dict[str, int]:
    """The ports that the services of the profiles that are on publish, by the variable that sets each."""
    tree = fast_yaml.load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    on = profiles_of({"WATCHKEEPER_PROFILES": settings.environ.get("COMPOSE_PROFILES", "")})
    services = [item for item in tree["services"].values() if not item.get("profiles") or on & set(item["profiles"])]
    found = [_PUBLISHED.fullmatch(str(port)) for item in services for port in item.get("ports") or ()]
    return {port["variable"]: int(settings.environ.get(port["variable"]) or port["default"]) for port in found if port}
