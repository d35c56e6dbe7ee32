"""What every service of docker-compose.yml must have, as a table of rules."""

import copy
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

Rule = Callable[[str, dict[str, Any]], bool]

# Exceptions, each for a reason that stands beside the service.
RUNS_ONCE = {"setup"}
ROOT_WITHOUT_CAPABILITIES = {"promtail"}
CALLS_OUT = {"prometheus", "alertmanager"}
NOT_READ_BY_PROMTAIL = {"loki", "promtail"}
FILE_MOUNTS = {("exporter", "./watchkeeper.yml")}


def mounts(service: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return source and read-only flag of every mount; variables are replaced by their defaults."""
    found = []
    for mount in service.get("volumes", []):
        if isinstance(mount, dict):
            found.append((mount["source"], bool(mount.get("read_only"))))
        else:
            source, *rest = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", mount).split(":")
            found.append((source, rest[-1] == "ro"))
    return found


def is_bind(source: str) -> bool:
    """Say whether a mount comes from the host."""
    return source.startswith((".", "/", "~", "$"))


def mounts_folders_only(name: str, service: dict[str, Any]) -> bool:
    """Say whether nothing but folders comes from the host; a mounted file keeps its old content."""
    binds = [source for source, _ in mounts(service) if is_bind(source) and (name, source) not in FILE_MOUNTS]
    return not any(Path(ROOT, source).is_file() or Path(source).suffix for source in binds)


def log_options(service: dict[str, Any]) -> dict[str, str]:
    """Return the options of its log driver."""
    return dict(service.get("logging", {}).get("options", {}))


RULES: dict[str, Rule] = {
    "the image is pinned in x-images": lambda _, s: s["image"] in COMPOSE["x-images"].values(),
    "its own file system is read-only": lambda _, s: s.get("read_only") is True,
    "what is writable in memory is /tmp": lambda _, s: any(str(t).startswith("/tmp") for t in s.get("tmpfs", [])),
    "no capability is left": lambda _, s: s.get("cap_drop") == ["ALL"] and not s.get("cap_add"),
    "nothing gains privileges": lambda _, s: s.get("security_opt") == ["no-new-privileges:true"],
    "nothing is privileged": lambda _, s: not s.get("privileged") and s.get("network_mode") in (None, "none"),
    "it is not root": lambda n, s: (s.get("user", "0").split(":")[0] == "0") == (n in ROOT_WITHOUT_CAPABILITIES),
    "memory has a limit": lambda _, s: bool(s.get("mem_limit")),
    "processes have a limit": lambda _, s: int(s.get("pids_limit", 0)) > 0,
    # One at most by default: Docker refuses a limit above what a small machine has.
    "processor time has a limit": lambda _, s: 0 < float(re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(s.get("cpus", 0)))) <= 1,
    "logs rotate": lambda _, s: (
        {"max-size", "max-file"} <= log_options(s).keys() and s["logging"]["driver"] == "json-file"
    ),
    "its lines are read, unless they would feed themselves": lambda n, s: (
        (log_options(s).get("tag") == "watchkeeper") == (n not in NOT_READ_BY_PROMTAIL)
    ),
    "it comes back after a crash": lambda n, s: s.get("restart") == ("no" if n in RUNS_ONCE else "unless-stopped"),
    "its health is checked": lambda n, s: n in RUNS_ONCE or s.get("healthcheck", {}).get("test", ["NONE"])[0] == "CMD",
    "ports are open on this machine only, and can be moved": lambda _, s: all(
        re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-\d+\}:\d+", port) for port in s.get("ports", [])
    ),
    "what comes from the host is read-only": lambda _, s: all(
        read_only for source, read_only in mounts(s) if is_bind(source)
    ),
    "folders are mounted, not files": mounts_folders_only,
    "the Docker socket stays outside": lambda _, s: "docker.sock" not in str(s.get("volumes")),
    "data lies in named volumes": lambda _, s: all(
        source in COMPOSE["volumes"] for source, _ in mounts(s) if not is_bind(source)
    ),
    "it waits for something that is said": lambda _, s: (
        isinstance(s.get("depends_on", {}), dict)
        and all("condition" in wait for wait in s.get("depends_on", {}).values())
    ),
    "only those who must call out can": lambda n, s: ("outgoing" in s.get("networks", [])) == (n in CALLS_OUT),
    "no secret stands in its environment": lambda _, s: (
        not any(
            re.search(r"PASSWORD|TOKEN|SECRET|KEY", key) and value and "file" not in f"{key}{value}".lower()
            for key, value in s.get("environment", {}).items()
        )
    ),
}

# What would break each rule; without these a rule that always holds would go unnoticed.
GAPS: dict[str, dict[str, Any]] = {
    "the image is pinned in x-images": {"image": "grafana/loki:latest"},
    "its own file system is read-only": {"read_only": False},
    "what is writable in memory is /tmp": {"tmpfs": []},
    "no capability is left": {"cap_add": ["NET_ADMIN"]},
    "nothing gains privileges": {"security_opt": []},
    "nothing is privileged": {"network_mode": "host"},
    "it is not root": {"user": "0:0"},
    "memory has a limit": {"mem_limit": None},
    "processes have a limit": {"pids_limit": -1},
    "processor time has a limit": {"cpus": 0},
    "logs rotate": {"logging": {"driver": "json-file", "options": {"max-size": "10m"}}},
    "its lines are read, unless they would feed themselves": {"logging": {"driver": "json-file", "options": {}}},
    "it comes back after a crash": {"restart": "no"},
    "its health is checked": {"healthcheck": {"test": ["NONE"]}},
    "ports are open on this machine only, and can be moved": {"ports": ["${EXPORTER_PORT:-4318}:4318"]},
    "what comes from the host is read-only": {"volumes": ["./docs/runbooks:/runbooks"]},
    "folders are mounted, not files": {"volumes": ["./README.md:/README.md:ro"]},
    "the Docker socket stays outside": {"volumes": ["/var/run/docker.sock:/var/run/docker.sock:ro"]},
    "data lies in named volumes": {"volumes": ["undeclared:/data"]},
    "it waits for something that is said": {"depends_on": ["setup"]},
    "only those who must call out can": {"networks": ["internal", "outgoing"]},
    "no secret stands in its environment": {"environment": {"SMTP_PASSWORD": "hunter2"}},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", SERVICES)
def test_every_service_keeps_every_rule(name: str, rule: str) -> None:
    """No service is an exception unless it is named as one."""
    assert RULES[rule](name, SERVICES[name]), f"docker-compose.yml: services.{name}: {rule}"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_sees_its_gap(rule: str) -> None:
    """A service with the gap fails the rule that is about it."""
    broken = {**copy.deepcopy(SERVICES["exporter"]), **GAPS[rule]}

    assert not RULES[rule]("exporter", broken)


def test_no_pin_moves() -> None:
    """Every image has a full version."""
    for image in COMPOSE["x-images"].values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", image)


def test_the_internal_network_leads_nowhere() -> None:
    """Services that need nothing from outside can reach nothing there."""
    assert COMPOSE["networks"]["internal"] == {"internal": True}
    assert COMPOSE["networks"]["published"]["driver_opts"] == {
        "com.docker.network.bridge.enable_ip_masquerade": "false"
    }


def test_every_variable_is_in_the_example_with_its_default() -> None:
    """.env.example names all variables and nothing else, so that nobody has to read the compose file."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+):-", text))
    shown = dict(re.findall(r"^#(\w+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert shown.keys() == used
    for name, default in re.findall(r"\$\{(\w+):-([^${}]+)\}", text):
        assert shown[name] == default


def test_the_image_is_built_without_anything_that_a_registry_must_give() -> None:
    """One base image, a pinned uv, no frontend image, and an ordinary user at the end."""
    dockerfile = (ROOT / "services/Dockerfile").read_text(encoding="utf-8")

    assert not re.search(r"#\s*syntax=", dockerfile)
    assert {re.split(r"\s+", line)[1] for line in dockerfile.splitlines() if line.startswith("FROM")} == {
        "python:3.13-slim"
    }
    assert re.search(r"uv==\d+\.\d+\.\d+", dockerfile)
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["10001:0"]


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client on this machine")
def test_docker_itself_accepts_the_file() -> None:
    """`docker compose config` needs neither an engine, nor an .env file, nor a secret."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker client of this machine has no compose plugin")

    checked = subprocess.run(
        ["docker", "compose", "--env-file", "/dev/null", "config", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert checked.stderr == ""
