"""What every service of docker-compose.yml must have: the rules, the written exceptions, and the table of both.

`python -m tests.support.compose_policy` (or `make policy`) prints the table; tests/config/test_compose.py holds it.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

Service = Mapping[str, Any]
Rule = Callable[[Service, Mapping[str, Any]], bool]


def read_compose(text: str | None = None) -> dict[str, Any]:
    """Return docker-compose.yml, or the text of another one, as a tree."""
    tree: dict[str, Any] = yaml.safe_load(text or (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return tree


def with_defaults(text: str) -> str:
    """Replace each variable by its default."""
    while (filled := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)) != text:
        text = filled
    return text


def mounts(service: Service) -> list[tuple[str, bool]]:
    """Return source and read-only flag of every mount."""
    found = []
    for mount in service.get("volumes", []):
        if isinstance(mount, dict):
            found.append((str(mount["source"]), bool(mount.get("read_only"))))
        else:
            source, *rest = with_defaults(mount).split(":")
            found.append((source, "ro" in rest[-1].split(",")))
    return found


def is_bind(source: str) -> bool:
    """Say whether a mount comes from the host."""
    return source.startswith((".", "/", "~", "$"))


def binds(service: Service) -> list[tuple[str, bool]]:
    """Return the mounts that come from the host."""
    return [(source, read_only) for source, read_only in mounts(service) if is_bind(source)]


def reaches_no_socket(service: Service) -> bool:
    """Say whether no mount holds Docker's socket; who sees the whole machine has something laid over its /run."""
    sources = {source for source, _ in mounts(service)}
    if not sources & {"/", "/run", "/var", "/var/run"}:
        return "docker.sock" not in str(sources)
    return sources == {"/"} and any(str(place).startswith("/host/run:") for place in service.get("tmpfs", []))


def log_options(service: Service) -> dict[str, str]:
    """Return the options of its log driver."""
    return dict(service.get("logging", {}).get("options", {}))


def is_kept_in(service: Service) -> bool:
    """Say whether the service is on networks that lead nowhere, and shares no network with the host."""
    if service.get("network_mode") == "none":
        return True
    networks = set(service.get("networks", []))
    return "network_mode" not in service and bool(networks) and networks <= {"internal", "published", "apps"}


def is_private(service: Service) -> bool:
    """Say whether it shares no namespace and no device with the host."""
    shared = ("privileged", "pid", "ipc", "uts", "userns_mode", "cgroup", "devices", "device_cgroup_rules")
    return not any(service.get(key) for key in shared) and service.get("network_mode") in (None, "none")


def has_no_secret(service: Service) -> bool:
    """Say whether nothing in its environment, labels or command looks like a secret; paths of files may be there."""
    environment = {str(key): str(value) for key, value in service.get("environment", {}).items()}
    reported = any(
        re.search(r"PASSWORD|TOKEN|SECRET|_KEY|AUTH$", key) and value and "file" not in f"{key}{value}".lower()
        for key, value in environment.items()
    )
    return not reported and not re.search(r"(?i)(password|token|secret)=\w", str(service.get("labels", "")))


# One processor at most by default: Docker refuses a limit above what a small machine has.
RULES: dict[str, Rule] = {
    "its image is pinned in x-images": lambda s, c: s["image"] in c["x-images"].values(),
    "its own file system is read-only": lambda s, _: s.get("read_only") is True,
    "what is writable in memory has a size": lambda s, _: (
        bool(s.get("tmpfs")) and all("size=" in str(place) for place in s["tmpfs"])
    ),
    "it has no capability": lambda s, _: s.get("cap_drop") == ["ALL"] and not s.get("cap_add"),
    "nothing in it gains privileges": lambda s, _: s.get("security_opt") == ["no-new-privileges:true"],
    "it shares no namespace with the host": lambda s, _: is_private(s),
    "it is not root": lambda s, _: str(s.get("user", "0")).split(":")[0] not in ("0", "root"),
    "its memory has a limit": lambda s, _: bool(re.fullmatch(r"\d+[mg]", with_defaults(str(s.get("mem_limit"))))),
    "its processes have a limit": lambda s, _: int(s.get("pids_limit", 0)) > 0,
    "its processor time has a limit": lambda s, _: 0 < float(with_defaults(str(s.get("cpus", 0)))) <= 1,
    "its logs rotate": lambda s, _: (
        {"max-size", "max-file"} <= log_options(s).keys() and s["logging"]["driver"] == "json-file"
    ),
    "its lines are read into Loki": lambda s, _: log_options(s).get("tag") == "watchkeeper",
    "it comes back after a crash": lambda s, _: s.get("restart") == "unless-stopped",
    "its health is checked": lambda s, _: s.get("healthcheck", {}).get("test", ["NONE"])[0] == "CMD",
    "its ports are open on this machine only, and can be moved": lambda s, _: all(
        re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+", port) for port in s.get("ports", [])
    ),
    "what comes from the host is read-only": lambda s, _: all(read_only for _, read_only in binds(s)),
    "folders are mounted, not files": lambda s, _: (
        not any(Path(ROOT, source).is_file() or Path(source).suffix for source, _ in binds(s))
    ),
    "only folders of the project are mounted": lambda s, _: all(source.startswith("./") for source, _ in binds(s)),
    "the Docker socket stays outside": lambda s, _: reaches_no_socket(s),
    "its data lies in named volumes": lambda s, c: all(
        source in c["volumes"] for source, _ in mounts(s) if not is_bind(source)
    ),
    "what it waits for has a condition": lambda s, _: (
        isinstance(s.get("depends_on", {}), dict)
        and all("condition" in wait for wait in s.get("depends_on", {}).values())
    ),
    "it cannot call out": lambda s, _: is_kept_in(s),
    "no secret is in its environment or labels": lambda s, _: has_no_secret(s),
}


def exceptions(compose: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return the written reason of each exception, by service and rule."""
    written = compose.get("x-policy-exceptions") or {}
    return {(name, rule): " ".join(reason.split()) for name, rules in written.items() for rule, reason in rules.items()}


def verdict(name: str, rule: str, compose: Mapping[str, Any]) -> str:
    """Evaluate one service by one rule: "ok", "exception", "GAP", or "NEEDLESS" for an exception without a gap."""
    holds = RULES[rule](compose["services"][name], compose)
    is_excepted = (name, rule) in exceptions(compose)
    if holds:
        return "NEEDLESS" if is_excepted else "ok"
    return "exception" if is_excepted else "GAP"


def table(compose: Mapping[str, Any]) -> str:
    """Return services x rules as text, the rules by number, and the reason of every exception."""
    services, reasons = list(compose["services"]), exceptions(compose)
    numbers = {reason: number for number, reason in enumerate(reasons, start=1)}
    width = max(map(len, services))
    lines = [f"R{number:<3}{rule}" for number, rule in enumerate(RULES, start=1)]
    lines += ["", " " * width + "".join(f"{f'R{number}':>5}" for number in range(1, len(RULES) + 1))]
    for name in services:
        cells = []
        for rule in RULES:
            result = verdict(name, rule, compose)
            cells.append(f"({numbers[name, rule]})" if result == "exception" else result)
        lines.append(f"{name:<{width}}" + "".join(f"{cell:>5}" for cell in cells))
    lines += ["", *(f"({numbers[key]}) {key[0]}, {key[1]}: {reason}" for key, reason in reasons.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    shown = table(read_compose())
    sys.stdout.write(f"{shown}\n")
    sys.exit("GAP" in shown or "NEEDLESS" in shown)
