"""What how-tos show, asked of the engines' own tools: queries, and samples that set off no alert."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.config.conftest import Run
from tests.config.test_rules import KNOWN_METRICS, RECORDINGS, metrics_in, parse
from tests.support.documents import ROOT, CodeBlock, code_blocks
from tests.support.exporter import run_exporter
from tests.support.how_tos import HOW_TOS

QUERIES = [
    pytest.param(block, id=f"{page.stem}:{block.line}")
    for page in HOW_TOS
    for block in code_blocks(page)
    if block.language in ("promql", "logql")
]
# An exemplar behind a value, and the seconds of a sample in the exposition.
_SAMPLE = re.compile(r"^([a-z_]+(?:\{.*?\})?) ([0-9.e+-]+)(?: #.*)?$")
_COUNTS = ("_total", "_count", "_sum", "_bucket")
# The stack itself is not there.
_ABOUT_CALLS = 'ALERTS{service!~"|watchkeeper"} or ALERTS{provider!=""} or ALERTS{model!=""}'
# The first has a part of watchkeeper.yml that is in force for all.
SAMPLES = ("add-an-slo.md", "add-a-team.md", "connect-an-app.md")


@pytest.mark.parametrize("block", QUERIES)
def test_the_queries_of_a_how_to_work(block: CodeBlock, run: Run) -> None:
    """Every query parses and asks for metrics that exist."""
    if block.language == "promql":
        parse(block.text)
        assert metrics_in(block.text) <= KNOWN_METRICS | {rule["record"] for rule in RECORDINGS}
    else:
        assert run("logcli", "fmt", text=block.text).returncode == 0


def test_samples_set_off_no_alert(plain_prometheus: Path, tmp_path: Path, run: Run) -> None:
    """In the hour after the calls that pages show, no alert is about their services, provider or model."""
    blocks = [block for page in SAMPLES for block in code_blocks(ROOT / "docs" / "how-to" / page)]
    file = tmp_path / "watchkeeper.yml"
    file.write_text(next(block.text for block in blocks if block.language == "yaml"), encoding="utf-8")
    with run_exporter(config=file) as exporter:
        for body in re.findall(r"4318/v1/events -d '(.*?)'", "".join(block.text for block in blocks), re.DOTALL):
            exporter.client.post("/v1/events", content=body, headers={"content-type": "application/json"})
        series = list(samples(exporter.exposition()))

    case = plain_prometheus / "tests" / "samples_of_how_tos.yml"
    case.write_text(yaml.safe_dump(expecting_none(series), width=10**6), encoding="utf-8")
    tested = run("promtool", "test", "rules", str(case))

    assert [name for name, _ in series if name.startswith('llm_slo_events_total{slo="answers-in-time"')]
    assert tested.returncode == 0, tested.stdout + tested.stderr


def samples(exposition: str) -> Iterator[tuple[str, str]]:
    """Each series with its values minute by minute; counters begin at zero, as Prometheus is told by their creation."""
    for line in exposition.splitlines():
        if found := _SAMPLE.match(line):
            name, value = found.groups()
            counts = name.partition("{")[0].endswith(_COUNTS)
            yield name, f"0x2 {value}x60" if counts else f"{value}x62"


def expecting_none(series: list[tuple[str, str]]) -> dict[str, object]:
    """A case of promtool: all rules on these series, and at no time an alert about calls."""
    times = ("5m", "15m", "1h")
    expected = [{"expr": _ABOUT_CALLS, "eval_time": time, "exp_samples": []} for time in times]
    return {
        "rule_files": ["../rules/recording/*.yml", "../rules/alerts/*.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "promql_expr_test": expected,
            }
        ],
    }
