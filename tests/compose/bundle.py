"""A copy of the shipped files, run by docker compose under a name of its own."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.compose.commands import log, run
from tests.compose.images import PROJECT, Images
from tests.e2e.support.endpoints import Endpoints
from tests.e2e.support.waiting import ANSWER_SECONDS, eventually
from tests.support.ports import free_port

from watchkeeper.operator.standalone.render import Rendering, render_file

OVERRIDES = Path(__file__).parent
COMPONENTS = ("exporter", "analyzer", "prometheus", "alertmanager", "loki", "promtail", "grafana")
ENGINE_FOLDERS = ("prometheus", "alertmanager", "loki", "promtail")
NEEDED_BY_DOCKER = ("PATH", "HOME", "DOCKER_CONFIG", "DOCKER_HOST")
NOT_COPIED = (".*", "tests", "node_modules", "__pycache__", "*.pyc")

# Minutes of the shipped rules pass in seconds.
TIME_SCALE = 60.0


@dataclass
class ComposeBundle(Endpoints):
    """The bundle of docker-compose.yml, asked by its published ports and handled by docker compose."""

    folder: Path
    name: str
    images: Images
    files: tuple[Path, ...]

    def compose(self, *arguments: str, seconds: float = 300) -> str:
        """Run docker compose on the copy; its environment has nothing that the shipped files read."""
        command = ["docker", "compose", "--project-name", self.name, "--project-directory", str(self.folder)]
        options = [option for file in self.files for option in ("--file", str(file))]
        return run([*command, *options, *arguments], folder=self.folder, environ=self._environ(), seconds=seconds)

    def up(self, *arguments: str) -> None:
        """Bring everything up and wait until compose calls it healthy."""
        began = time.monotonic()
        self.compose("up", "--detach", "--wait", "--wait-timeout", "180", *arguments)
        log.info("up and healthy after %.0f s", time.monotonic() - began)

    def make_up(self) -> None:
        """Do what `make up` does in the copy."""
        self.operate("up", "--with", "docker")

    def operate(self, *arguments: str, profiles: str = "", **settings: str) -> str:
        """Run a command of an operator on the copy, and return what it said; .env has the ports and ``settings``."""
        ports = {f"{name.upper()}_PORT": port for name, port in self.ports.items()}
        lines = [f"{name}={value}\n" for name, value in {**ports, **settings, "COMPOSE_PROFILES": profiles}.items()]
        (self.folder / ".env").write_text("".join(lines), encoding="utf-8")
        named = {"COMPOSE_FILE": ":".join(map(str, self.files)), "COMPOSE_PROJECT_NAME": self.name}
        environ = {**self._environ(), **named, "WATCHKEEPER_ROOT": str(self.folder)}
        return run([sys.executable, "-m", "watchkeeper.cli", *arguments], folder=self.folder, environ=environ)

    def down(self) -> None:
        """Remove containers, networks and volumes, those of services that were left out too."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "20")

    def keep_logs(self) -> None:
        """Leave what the containers said beside the copy, for whoever has to find out."""
        target = self.folder.parent / "containers.log"
        target.write_text(self.compose("logs", "--no-color", "--timestamps"), encoding="utf-8")
        log.info("what the containers said: %s", target)

    def container(self, service: str) -> str:
        """The id of a service's only container."""
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, service: str, template: str) -> str:
        """One value of what Docker knows of a service's container."""
        return run(["docker", "inspect", "--format", template, self.container(service)]).strip()

    def stop(self, service: str) -> None:
        """Stop a service cleanly; it stays away."""
        log.info("%s is stopped", service)
        self.compose("stop", service)

    def start(self, service: str) -> None:
        """Start a stopped service and wait for its health."""
        self.compose("start", service)
        self.wait_healthy(service)

    def restart(self, service: str) -> None:
        """Stop a service cleanly and start it again."""
        log.info("%s is restarted", service)
        self.compose("restart", service)
        self.wait_healthy(service)

    def crash(self, service: str) -> None:
        """Kill a service's process from outside, which is a crash to Docker, and see it come back by itself."""
        before = self.inspect(service, "{{.State.StartedAt}}")
        pid = self.inspect(service, "{{.State.Pid}}")
        log.info("%s is killed with signal 9", service)
        killer = ["--pid=host", "--user=0", "--entrypoint=/bin/kill", self.images.by_name["prometheus"]]
        run(["docker", "run", "--rm", *killer, "-9", pid])
        eventually(
            f"{service} is started again by its restart policy",
            lambda: self.inspect(service, "{{.State.Running}} {{.State.StartedAt}}") not in ("", f"true {before}"),
        )

    def wait_healthy(self, service: str) -> None:
        """Return when Docker calls a service healthy."""
        began = time.monotonic()
        eventually(
            f"{service} is healthy",
            lambda: self.inspect(service, "{{.State.Health.Status}}") == "healthy",
            seconds=120,
        )
        log.info("%s is healthy after %.0f s", service, time.monotonic() - began)

    @contextmanager
    def cut_off(self, service: str, network: str) -> Iterator[None]:
        """Take a service off one of its networks for a while."""
        names = [f"{self.name}_{network}", self.container(service)]
        log.info("%s is taken off the network %s", service, network)
        run(["docker", "network", "disconnect", *names])
        try:
            yield
        finally:
            run(["docker", "network", "connect", *names])
            log.info("%s is back on the network %s", service, network)

    def _environ(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in NEEDED_BY_DOCKER if name in os.environ}
        ports = {f"TEST_{name.upper()}_PORT": str(self.ports[name]) for name in COMPONENTS}
        return {**passed, **self.images.environ, **ports, "TEST_PROJECT": self.name}


def make_bundle(folder: Path, images: Images, name: str, *more: str) -> ComposeBundle:
    """A bundle on a fresh copy of the shipped files; nothing runs yet.

    ``more`` are compose files, of the tests or shipped beside docker-compose.yml.
    """
    shutil.copytree(PROJECT, folder, ignore=_ignored)
    _speed_up(folder, Rendering(addresses={}, paths={}, time_scale=TIME_SCALE))
    names = ["docker-compose.yml", "override.yml", *([] if images.has_grafana else ["without_grafana.yml"]), *more]
    shipped, own = ([place / name for name in names] for place in (folder, OVERRIDES))
    return ComposeBundle(
        ports={name: free_port() for name in COMPONENTS},
        client=httpx.Client(timeout=ANSWER_SECONDS, trust_env=False),
        folder=folder,
        name=name,
        images=images,
        files=tuple(mine if mine.is_file() else its for its, mine in zip(shipped, own, strict=True)),
    )


@contextmanager
def running(bundle: ComposeBundle, *arguments: str) -> Iterator[ComposeBundle]:
    """Bring a bundle up, after whatever an earlier run left, and take it away at the end."""
    bundle.down()
    try:
        bundle.up(*arguments)
        yield bundle
    finally:
        bundle.keep_logs()
        bundle.down()
        bundle.client.close()


def send_pagerduty_to(folder: Path, url: str) -> None:
    """Let Alertmanager's file name another place than PagerDuty's own."""
    file = folder / "alertmanager" / "alertmanager.yml"
    rendering = Rendering(addresses={"https://events.pagerduty.com/v2/enqueue": url}, paths={})
    file.write_text(render_file(file.read_text(encoding="utf-8"), rendering), encoding="utf-8")


def _ignored(folder: str, names: list[str]) -> set[str]:
    kept = {".dockerignore"} if Path(folder) == PROJECT else set()
    secrets = {name for name in names if Path(folder) == PROJECT / "secrets" and name != "README.md"}
    return (set(shutil.ignore_patterns(*NOT_COPIED)(folder, names)) | secrets) - kept


def _speed_up(folder: Path, rendering: Rendering) -> None:
    for engine in ENGINE_FOLDERS:
        for file in (folder / engine).rglob("*.yml"):
            file.write_text(render_file(file.read_text(encoding="utf-8"), rendering), encoding="utf-8")
