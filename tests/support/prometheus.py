"""A real Prometheus for tests, with the flags of the shipped one."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from tests.support.alertmanager import until
from tests.support.ports import free_address

ROOT = Path(__file__).parents[2]


@contextmanager
def running_prometheus(program: Path, folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """Run it in a process of its own until the block ends; gives its base URL."""
    (folder / "prometheus.yml").write_text(yaml.safe_dump(dict(config)))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    shipped = compose["services"]["prometheus"]["command"]
    address = free_address()
    command = [
        str(program),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        *(flag for flag in shipped if flag.startswith(("--enable-feature", "--web.enable-"))),
    ]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _is_ready(address))
            yield f"http://{address}"
        finally:
            process.terminate()


def sums_by(label: str, prometheus: str, query: str) -> dict[str, float]:
    """Ask Prometheus; the answer by a label, or by nothing."""
    url = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        result: list[dict[str, Any]] = json.loads(answer.read())["data"]["result"]
    return {series["metric"].get(label, ""): float(series["value"][1]) for series in result}


def wait_for_scrapes(prometheus: str, *, more: int) -> None:
    """Wait until so many more scrapes of the job `exporter` are stored; one that ran into its timeout is none."""
    stored = 'sum_over_time(up{job="exporter"}[1h])'
    before = sums_by("", prometheus, stored).get("", 0.0)
    until(lambda: sums_by("", prometheus, stored).get("", 0.0) >= before + more)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/-/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
