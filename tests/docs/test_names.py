import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import yaml
from tests.support.documents import PAGES, ROOT, code, code_spans, page_name

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.ingest.events import NativeEvent
from watchkeeper.metrics.catalogue import METRICS

# In quotes, or as a field of a fact.
NAMES_ON_LINES = re.compile(r'(?:"|^    )(llm_[a-z_]+)(?:"|: int)', re.MULTILINE)


def metric_names() -> set[str]:
    """Return every name that a query may use, suffixes of histograms included."""
    names = {metric.name for metric in METRICS}
    names |= {m.name + part for m in METRICS if m.type == "histogram" for part in ("_bucket", "_sum", "_count")}
    return names


def other_names() -> set[str]:
    """Return the types of events, the names of log lines and the external labels, which look like metrics."""
    events = {event.__struct_config__.tag for event in get_args(NativeEvent)}
    sinks = "".join(path.read_text() for path in (ROOT / "services" / "watchkeeper").rglob("*.py"))
    prometheus = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())
    return events | set(prometheus["global"]["external_labels"]) | set(NAMES_ON_LINES.findall(sinks))


def alert_names() -> set[str]:
    """Return the names of all alerts."""
    rules = [path for folder in ("prometheus", "loki") for path in (ROOT / folder / "rules").rglob("*.yml")]
    return {name for path in rules for name in re.findall(r"- alert: (\w+)", path.read_text())}


def config_keys() -> set[str]:
    """Return every key of watchkeeper.yml as the reference page spells it, and every part that holds keys."""
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    keys = set(re.findall(r"^\| `([^`]+)` \|", page, flags=re.MULTILINE))
    parts = {key.rpartition(".")[0] for key in keys}
    return keys | parts | {part.replace("[]", "") for part in parts}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_metrics_exist(page: Path) -> None:
    """A page that names a metric names one of the catalogue."""
    pattern = r"(?<![\w:/])((?:llm|watchkeeper)_[a-z0-9_]*[a-z0-9])(?![\w:])"
    named = {name for text in code(page) for name in re.findall(pattern, text)}

    assert named - metric_names() - other_names() == set()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_recorded_numbers_exist(page: Path) -> None:
    """A page that names a recording rule names one that is there."""
    recorded = "".join(path.read_text() for path in (ROOT / "prometheus" / "rules" / "recording").glob("*.yml"))
    named = {name for text in code(page) for name in re.findall(r"\b\w+:llm_\w+:\w+", text)}

    assert {name for name in named if f"record: {name}\n" not in recorded} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_alerts_exist(page: Path) -> None:
    """A page that names an alert of ours names one that is there."""
    named = {name for text in code(page) for name in re.findall(r"\bLLM[A-Z]\w+", text)}

    assert named <= alert_names()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_keys_of_the_configuration_exist(page: Path) -> None:
    """A dotted name that starts with a key of watchkeeper.yml goes on with keys that exist."""
    parts = "|".join(ConfigFile.model_fields)
    for span in code_spans(page):
        if re.fullmatch(rf"(?:{parts})(?:\[\])?(?:\.[\w<>\[\]-]+)+", span):
            generic = re.sub(r"^alerts\.\w+", "alerts.<name>", span)
            assert generic in config_keys(), span


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_images_are_the_pinned_ones(page: Path) -> None:
    """A version in a page is the version that runs."""
    pinned = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-images"].values()
    images = {image.partition("@")[0] for image in pinned}
    named = {image for text in code(page) for image in re.findall(r"\b(?:prom|grafana)/[a-z]+:[\w.]+", text)}

    assert named <= images


def test_the_layers_are_those_that_are_checked() -> None:
    """docs/architecture.md lists the layers of the import contracts, in their order."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    page = (ROOT / "docs" / "architecture.md").read_text()
    listed = [line.replace("`", "") for line in re.findall(r"^\d+\. (`\w+`[`\w |:]*)$", page, flags=re.MULTILINE)]

    assert listed
    assert listed == [layer for contract in contracts for layer in contract.get("layers", [])]
