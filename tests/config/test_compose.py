"""The policy of docker-compose.yml held to every service, profiles included, and what else the file objectives."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.compose.plugins import find_compose
from tests.support.compose_policy import RULES, exceptions, read_compose, table, verdict
from tests.support.skips import lack
from tests.support.tools import DOCKER_CLIENT, need

ROOT = Path(__file__).parents[2]
COMPOSE = read_compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

# What would break each rule; without these a rule that always holds would go unnoticed.
GAPS: dict[str, dict[str, Any]] = {
    "its image is pinned in x-images": {"image": "grafana/loki:latest"},
    "its own file system is read-only": {"read_only": False},
    "what is writable in memory has a size": {"tmpfs": ["/tmp"]},
    "it has no capability": {"cap_add": ["NET_ADMIN"]},
    "nothing in it gains privileges": {"security_opt": []},
    "it shares no namespace with the host": {"pid": "host"},
    "it is not root": {"user": "0:0"},
    "its memory has a limit": {"mem_limit": None},
    "its processes have a limit": {"pids_limit": -1},
    "its processor time has a limit": {"cpus": 0},
    "its logs rotate": {"logging": {"driver": "json-file", "options": {"max-size": "10m"}}},
    "its lines are read into Loki": {"logging": {"driver": "json-file", "options": {}}},
    "it comes back after a crash": {"restart": "no"},
    "its health is checked": {"healthcheck": {"test": ["NONE"]}},
    "its ports are open on this machine only, and can be moved": {"ports": ["${EXPORTER_PORT:-4318}:4318"]},
    "what comes from the host is read-only": {"volumes": ["./docs/runbooks:/runbooks"]},
    "folders are mounted, not files": {"volumes": ["./README.md:/README.md:ro"]},
    "only folders of the project are mounted": {"volumes": ["/:/host:ro"]},
    "the Docker socket stays outside": {"volumes": ["/var/run/docker.sock:/var/run/docker.sock:ro"]},
    "its data lies in named volumes": {"volumes": ["undeclared:/data"]},
    "what it waits for has a condition": {"depends_on": ["setup"]},
    "it cannot call out": {"networks": ["internal", "outgoing"]},
    "no secret is in its environment or labels": {"environment": {"SMTP_PASSWORD": "hunter2"}},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", SERVICES)
def test_every_service_keeps_every_rule(name: str, rule: str) -> None:
    """A gap needs a written reason in x-policy-exceptions, and a reason needs a gap."""
    result = verdict(name, rule, COMPOSE)

    assert result in ("ok", "exception"), f"docker-compose.yml: services.{name}: {rule}: {result}\n{table(COMPOSE)}"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_sees_its_gap(rule: str) -> None:
    """A service with the gap fails the rule that is about it; Grafana needs no exception and has none."""
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["grafana"].update(GAPS[rule])

    assert verdict("grafana", rule, COMPOSE) == "ok"
    assert verdict("grafana", rule, broken) == "GAP"


def test_exceptions_are_about_what_is_there_and_say_why() -> None:
    """Each names a service and a rule that exist, and gives its reason as a sentence."""
    for (name, rule), reason in exceptions(COMPOSE).items():
        assert name in SERVICES
        assert rule in RULES
        assert len(reason.split()) >= 5
        assert reason.endswith(".")


def test_the_table_shows_every_service_and_a_gap() -> None:
    """A row for each service; a gap is in it as such."""
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["grafana"]["read_only"] = False

    assert "GAP" not in table(COMPOSE)
    assert [line.split()[0] for line in table(broken).splitlines() if "GAP" in line] == ["grafana"]


def test_no_pin_moves() -> None:
    """Every image has a full version, and may have the digest that `make pin` writes behind it."""
    for image in COMPOSE["x-images"].values():
        assert re.fullmatch(r"[\w./-]+:(RELEASE\.)?v?\d+(\.\d+)+(-[\w.]+)?(@sha256:[0-9a-f]{64})?", image)


def test_renovate_finds_every_image_but_ours() -> None:
    """The pattern in renovate.json reads each line of x-images, with a digest and without."""
    manager = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))["customManagers"][0]
    pattern = manager["matchStrings"][0].replace("(?<", "(?P<").replace("(?P<!", "(?<!")
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    found = {f"{match['depName']}:{match['currentValue']}" for match in re.finditer(pattern, text)}

    pinned = {image.partition("@")[0] for image in COMPOSE["x-images"].values()}
    assert found == {image for image in pinned if not image.startswith("watchkeeper/")}


def test_the_internal_network_leads_nowhere() -> None:
    """Services that need nothing from outside can reach nothing there."""
    assert COMPOSE["networks"]["internal"] == {"internal": True}
    for name in ("published", "apps"):
        assert COMPOSE["networks"][name]["driver_opts"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_apps_share_a_network_with_the_exporter_alone() -> None:
    """No app of the user's reaches an engine, which asks for no login."""
    assert COMPOSE["networks"]["apps"]["name"] == "watchkeeper"
    assert [name for name, service in COMPOSE["services"].items() if "apps" in service.get("networks", ())] == [
        "exporter"
    ]


def test_no_page_of_another_site_reads_the_numbers() -> None:
    """Prometheus lets every origin read, unless it is told which."""
    assert "--web.cors.origin=^$$" in COMPOSE["services"]["prometheus"]["command"]


def test_every_variable_is_in_the_example_with_its_default() -> None:
    """.env.example names all variables and nothing else, so that no one has to read the compose file."""
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
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert re.findall(r"^ARG PYTHON_IMAGE=(.*)$", dockerfile, re.MULTILINE) == ["python:3.13-slim"]
    assert "--require-hashes -r requirements-uv.txt" in dockerfile
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["10001:0"]


@pytest.fixture
def compose(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Docker's compose command."""
    docker = need(DOCKER_CLIENT)["docker"]
    environ = find_compose()
    if environ is None:
        lack("The docker client of this machine has no compose plugin: make tools.")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return [docker, "compose"]


def test_docker_itself_accepts_the_file(compose: list[str]) -> None:
    """`docker compose config` needs neither an engine, nor an .env file, nor a secret."""
    checked = subprocess.run(
        [*compose, "--env-file", "/dev/null", "--profile", "*", "config", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert checked.stderr == ""


def test_docker_shows_no_secret(compose: list[str], tmp_path: Path) -> None:
    """What lies in the files of secrets, and what .env holds beside them, is not in what Docker makes of the file."""
    planted = "planted-secret-4711"
    (tmp_path / "secrets" / "forward").mkdir(parents=True)
    for name in ("slack_api_url", "pagerduty_routing_key", "smtp_password", "forward/langfuse"):
        (tmp_path / "secrets" / name).write_text(planted)
    shutil.copyfile(ROOT / "docker-compose.yml", tmp_path / "docker-compose.yml")
    (tmp_path / ".env").write_text(f"SLACK_API_URL={planted}\nPOSTGRES_PASSWORD={planted}\nENCRYPTION_KEY={planted}\n")

    shown = subprocess.run(
        [*compose, "--profile", "*", "config"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "langfuse-postgres" in shown.stdout, shown.stderr
    assert planted not in shown.stdout
