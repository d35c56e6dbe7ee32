"""What docs/how-to/scale-out.md and run-on-kubernetes.md show is accepted by the programs that read it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import ROOT, Run
from tests.support.documents import code_blocks

SCALE_OUT = ROOT / "docs/how-to/scale-out.md"
KUBERNETES = ROOT / "docs/how-to/run-on-kubernetes.md"


def parts(page: Path, key: str) -> list[dict[str, Any]]:
    """Return the YAML blocks of a page that begin with this key."""
    blocks = (yaml.safe_load(block.text) for block in code_blocks(page) if block.text.startswith(f"{key}:"))
    return list(blocks)


def merged(shipped: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Put a part that a page shows into a file, as a reader does: lists grow, storage takes the place of storage."""
    result = dict(shipped)
    for key, value in shown.items():
        here = shipped.get(key)
        if key == "storage" or here is None:
            result[key] = value
        elif isinstance(here, list):
            result[key] = [*here, *value]
        else:
            result[key] = merged(here, value) if isinstance(here, dict) else value
    return result


@pytest.mark.parametrize("place", ["VictoriaMetrics", "Mimir", "Thanos"])
def test_prometheus_accepts_each_remote_write(run: Run, tmp_path: Path, place: str) -> None:
    """Promtool reads the shipped file with the part at its end; where links lead is not sent."""
    block = parts(SCALE_OUT, "remote_write")[["VictoriaMetrics", "Mimir", "Thanos"].index(place)]
    config = tmp_path / "prometheus.yml"
    shipped = (ROOT / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    config.write_text(shipped + yaml.safe_dump(block), encoding="utf-8")

    checked = run("promtool", "check", "config", "--syntax-only", str(config))

    assert checked.returncode == 0, checked.stdout + checked.stderr
    links = set(yaml.safe_load(shipped)["global"]["external_labels"])
    assert set(block["remote_write"][0]["write_relabel_configs"][0]["regex"].split("|")) == links


def test_loki_accepts_object_storage(run: Run, tmp_path: Path) -> None:
    """The real Loki reads its shipped file with the keys of the page in it."""
    checked = run("loki", *object_storage(tmp_path), "-verify-config", environ={"LOKI_DATA": str(tmp_path)})

    assert checked.returncode == 0, checked.stderr


def test_lines_from_before_object_storage_stay_where_they_are(run: Run, tmp_path: Path) -> None:
    """The first period still has its folder: without one Loki reads and writes below the folder it was started in."""
    flags = (*object_storage(tmp_path), "-verify-config", "-print-config-stderr")

    printed = run("loki", *flags, environ={"LOKI_DATA": "/loki"}).stderr.partition("# Loki Config")[2]

    in_force = yaml.safe_load("\n".join(line for line in printed.splitlines() if not line.startswith("level=")))
    assert [period["object_store"] for period in in_force["schema_config"]["configs"]] == ["filesystem", "s3"]
    assert in_force["storage_config"]["filesystem"]["directory"] == "/loki/chunks"


def object_storage(folder: Path) -> list[str]:
    """Write the shipped file with the keys of the page in it, and return the flags that name it."""
    [block] = parts(SCALE_OUT, "common")
    shipped = yaml.safe_load((ROOT / "loki/loki.yml").read_text(encoding="utf-8"))
    config = folder / "loki.yml"
    config.write_text(yaml.safe_dump(merged(shipped, block)), encoding="utf-8")
    return [f"-config.file={config}", "-config.expand-env=true"]


def test_prometheus_accepts_the_job_for_kubernetes(run: Run, tmp_path: Path) -> None:
    """Promtool reads the scrape configuration of the page."""
    [block] = parts(KUBERNETES, "scrape_configs")
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump(block), encoding="utf-8")

    checked = run("promtool", "check", "config", str(config))

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_collectors_hand_over_to_each_other() -> None:
    """The first layer sends where the second listens, and the second to the exporter, traces by their id."""
    first, second = parts(SCALE_OUT, "receivers")

    balancing = first["exporters"]["loadbalancing"]
    assert balancing["routing_key"] == "traceID"
    port = balancing["resolver"]["dns"]["port"]
    assert second["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].endswith(f":{port}")
    assert second["exporters"]["otlphttp"]["endpoint"].endswith(":4318")
    for layer in (first, second):
        for pipeline in layer["service"]["pipelines"].values():
            assert set(pipeline["receivers"]) <= set(layer["receivers"])
            assert set(pipeline["exporters"]) <= set(layer["exporters"])
