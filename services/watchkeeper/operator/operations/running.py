"""What runs, held against the files on disk: each program is asked for the configuration it runs with."""

import hashlib
import html
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.engines.compare import differences
from watchkeeper.engines.rules import LOKI, PROMETHEUS, Ask, RunningRules

_AM_HASH = re.compile(r"^alertmanager_config_hash ([0-9.e+]+)$", re.MULTILINE)
_PAGE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """Where the files lie that the running programs should have read; Alertmanager's as the text that it is given.

    ``promtail`` is None where the exporter pushes its lines itself.
    """

    watchkeeper: Path
    prometheus: Path
    alertmanager: bytes
    loki: Path
    promtail: Path | None


def mismatches(files: OnDisk, ask: Ask) -> dict[str, list[str]]:
    """What differs, by the title of the program; ``ask`` gets a path of a component. Empty lists are agreement."""
    checks: dict[str, Callable[[OnDisk, Ask], Iterator[str]]] = {
        "Exporter": partial(_ours, "exporter"),
        "Analyzer": partial(_ours, "analyzer"),
        "Prometheus": _prometheus,
        "Alertmanager": _alertmanager,
        "Loki": _loki,
    }
    if files.promtail:
        checks["Promtail"] = partial(_promtail, files.promtail)
    return {title: _differences(check, files, ask) for title, check in checks.items()}


def _differences(check: Callable[[OnDisk, Ask], Iterator[str]], files: OnDisk, ask: Ask) -> list[str]:
    try:
        return list(check(files, ask))
    except (httpx.HTTPError, ValueError, LookupError, yaml.YAMLError) as problem:
        return [f"it does not report what it runs with: {problem}"]


def _ours(component: str, files: OnDisk, ask: Ask) -> Iterator[str]:
    found = ask(component, "/startup").json()["config_hash"]
    wanted = hashlib.sha256(files.watchkeeper.read_bytes()).hexdigest()[:12]
    if found != wanted:
        yield f"watchkeeper.yml must have the hash {wanted}, runs with {found}"


def _prometheus(files: OnDisk, ask: Ask) -> Iterator[str]:
    running = fast_yaml.load(ask("prometheus", "/api/v1/status/config").json()["data"]["yaml"])
    yield from differences(_tree(files.prometheus / "prometheus.yml"), running)
    yield from RunningRules(PROMETHEUS, files.prometheus / "rules", ask).differences()


def _alertmanager(files: OnDisk, ask: Ask) -> Iterator[str]:
    found = _AM_HASH.search(ask("alertmanager", "/metrics").text)
    # Source: md5HashAsMetricValue of github.com/prometheus/alertmanager, six bytes as a number.
    digest = hashlib.md5(files.alertmanager, usedforsecurity=False).digest()
    wanted = float(struct.unpack("<Q", digest[:6] + b"\0\0")[0])
    if found is None or float(found[1]) != wanted:
        yield f"alertmanager_config_hash must be {wanted:.0f}, runs with {found[1] if found else 'none'}"


def _loki(files: OnDisk, ask: Ask) -> Iterator[str]:
    yield from differences(_tree(files.loki / "loki.yml"), fast_yaml.load(ask("loki", "/config").text))
    yield from RunningRules(LOKI, files.loki / "rules" / "fake", ask).differences()


def _promtail(folder: Path, _files: OnDisk, ask: Ask) -> Iterator[str]:
    page = _PAGE.search(ask("promtail", "/config").text)
    if page is None:
        raise ValueError("its page /config shows no configuration")
    yield from differences(_tree(folder / "promtail.yml"), fast_yaml.load(html.unescape(page[1])))


def _tree(file: Path) -> Any:
    return fast_yaml.load(file.read_text(encoding="utf-8"))
