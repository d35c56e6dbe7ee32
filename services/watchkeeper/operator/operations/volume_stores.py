"""The data of the containers: named volumes, read and written by a helper container that can do nothing else."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.config.settings import Settings
from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.stores import in_order
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.commands import ask

_ANSWER_SECONDS = 120.0
# The setup service writes it again before each start.
_MADE_ANEW = {"runtime"}

_EMPTY_AND_UNPACK = "find /store -mindepth 1 -delete && tar --extract --no-same-owner --file - --directory /store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A named volume: its name at the engine, the service that writes to it and as whom."""

    name: str
    service: str
    user: str


class VolumeStores:
    """Reads and replaces the volumes of every service of the profiles that are on."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._settings = settings
        tree = json.loads(self._ask("config", "--format", "json"))
        self._volumes = volumes_of(tree)
        self._image = str(tree["services"]["exporter"]["image"])

    def names(self) -> Sequence[str]:
        """Every volume that is worth keeping, under the name that the local processes use too."""
        return in_order(list(self._volumes))

    @contextmanager
    def held_still(self, name: str) -> Iterator[None]:
        """Stop the service that writes to the volume, and start it again if it ran."""
        service = self._volumes[name].service
        if service not in self._ask("ps", "--services", "--status", "running").split():
            yield
            return
        self._ask("stop", service)
        try:
            yield
        finally:
            self._ask("up", "--detach", "--wait", "--no-deps", "--no-recreate", service)

    def read(self, name: str, archive: Path) -> None:
        """Let tar in a container without network write the volume to its output, which is the file."""
        command = self._helper(name, "ro", ("DAC_READ_SEARCH",))
        with archive.open("xb") as file:
            pack = [*command, "tar", self._image, "--create", "--file", "-", "--directory", "/store", "."]
            done = subprocess.run(pack, stdout=file, stderr=subprocess.PIPE, check=False)  # noqa: S603 our own command
        _raise_unless_done(done, f"{name} cannot be read")

    @contextmanager
    def all_stopped(self) -> Iterator[None]:
        """Stop all containers, see that volumes are there, and start all afterwards."""
        self._ask("stop")
        self._ask("up", "--no-start")
        yield
        compose.up(self._root, self._settings)

    def replace(self, name: str, archive: Path) -> None:
        """Empty the volume and unpack the file into it, owned by the user of its service."""
        command = self._helper(name, "rw", ("DAC_OVERRIDE", "CHOWN", "FOWNER"))
        script = f"{_EMPTY_AND_UNPACK} && chown -R {self._volumes[name].user} /store"
        with archive.open("rb") as file:
            unpack = [*command, "sh", self._image, "-c", script]
            done = subprocess.run(unpack, stdin=file, capture_output=True, check=False)  # noqa: S603 our own command
        _raise_unless_done(done, f"{name} cannot be replaced")

    def _helper(self, name: str, mode: str, capabilities: Sequence[str]) -> list[str]:
        """A container that reaches one volume, as root, with the capabilities that reading or writing it takes."""
        fences = ["--network", "none", "--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL"]
        added = [option for capability in capabilities for option in ("--cap-add", capability)]
        mount = ["--volume", f"{self._volumes[name].name}:/store:{mode}"]
        return ["docker", "run", "--rm", "--interactive", "--user", "0:0", *fences, *added, *mount, "--entrypoint"]

    def _ask(self, *arguments: str) -> str:
        command = ["docker", "compose", "--project-directory", str(self._root), *arguments]
        outcome = ask(command, timeout_seconds=_ANSWER_SECONDS)
        if outcome.code != 0:
            raise OperationError(f"docker compose {arguments[0]} said: {outcome.message}")
        return outcome.output


def volumes_of(tree: dict[str, Any]) -> dict[str, Volume]:
    """The volumes that services write to, by the name of their store; ``tree`` is `docker compose config` as JSON."""
    found = {}
    # The setup service prepares volumes of others: who runs on them comes after it, and wins.
    for service, described in sorted(tree["services"].items(), key=lambda item: item[0] != "setup"):
        for mount in described.get("volumes") or ():
            source = mount.get("source", "")
            if mount.get("type") == "volume" and not mount.get("read_only") and source not in _MADE_ANEW:
                name = source.removesuffix("-data").removesuffix("-state")
                user = described.get("user", "0:0")
                found[name] = Volume(name=tree["volumes"][source]["name"], service=service, user=user)
    return found


def _raise_unless_done(done: subprocess.CompletedProcess[bytes], what: str) -> None:
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise OperationError(f"{what}: the helper container said: {said}")
