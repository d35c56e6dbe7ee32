"""Loki and Promtail: their files, and what Promtail makes of lines that real processes write."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import Run

PROMTAIL = "promtail/promtail.yml"
LOKI = "loki/loki.yml"
LABELS = {"service", "event", "level", "env"}
METADATA = {
    *("trace_id", "span_id", "correlation_id", "session_id", "user_hash", "team", "tenant", "agent", "repository"),
    *("operation", "provider", "model", "prompt", "prompt_version", "status", "error_type", "tool", "response_id"),
}
EXPAND = "-config.expand-env=true"
CALL = {
    "timestamp": "2026-11-21T08:00:00.123456Z",
    "level": "info",
    "event": "llm_call_completed",
    "service": "support-bot",
    "env": "prod",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "model": "gpt-4o-mini",
}


def load(root: Path, file: str) -> Any:
    """Read a configuration file."""
    return yaml.safe_load((root / file).read_text(encoding="utf-8"))


def test_loki_accepts_its_file(root: Path, run: Run, tmp_path: Path) -> None:
    """Loki's own check, with the folders of this test."""
    environ = {"LOKI_DATA": str(tmp_path), "LOKI_RULES": str(root / "loki/rules")}

    checked = run("loki", f"-config.file={LOKI}", EXPAND, "-verify-config", environ=environ)

    assert checked.returncode == 0, checked.stderr


def test_loki_does_delete_what_is_old(root: Path) -> None:
    """A retention period alone deletes nothing; the compactor must be asked to, and where requests lie."""
    loki = load(root, LOKI)

    assert loki["compactor"]["retention_enabled"] is True
    assert loki["compactor"]["delete_request_store"] == "filesystem"
    assert loki["limits_config"]["retention_period"] == "744h"
    assert {period["index"]["period"] for period in loki["schema_config"]["configs"]} == {"24h"}


def test_lines_are_in_files_before_the_compactor_looks_for_them(root: Path) -> None:
    """A request that is over before takes nothing away; chunks are written after two hours at the latest."""
    loki = load(root, LOKI)

    assert loki["compactor"]["delete_request_cancel_period"] == "24h"
    assert "max_chunk_age" not in loki["ingester"]
    assert loki["limits_config"]["deletion_mode"] == "${LOKI_DELETION_MODE:-disabled}"


def test_loki_stores_what_structured_metadata_needs(root: Path) -> None:
    """Schema v13 on tsdb, from the first day."""
    for period in load(root, LOKI)["schema_config"]["configs"]:
        assert (period["store"], period["schema"]) == ("tsdb", "v13")


def test_loki_knows_the_rules_of_its_only_tenant(root: Path) -> None:
    """Without tenants, Loki reads the folder called fake and no other."""
    assert load(root, LOKI)["auth_enabled"] is False
    assert [folder.name for folder in (root / "loki/rules").iterdir()] == ["fake"]


def test_promtail_accepts_its_file(run: Run, tmp_path: Path) -> None:
    """Promtail's own check."""
    checked = run("promtail", f"-config.file={PROMTAIL}", EXPAND, "-check-syntax", environ=places(tmp_path))

    assert checked.returncode == 0, checked.stderr


def test_the_defaults_can_be_written_into_promtails_file(root: Path, run: Run, tmp_path: Path) -> None:
    """The line that docs/how-to/replace-promtail.md shows leaves no variable and a file that Promtail accepts."""
    page = (root / "docs/how-to/replace-promtail.md").read_text(encoding="utf-8")
    command = next(line for line in page.splitlines() if line.startswith("sed "))
    expanded = tmp_path / "expanded.yml"

    subprocess.run(
        command.replace("promtail-expanded.yml", str(expanded)), shell=True, cwd=root, check=True
    )  # as the page says it
    checked = run("promtail", f"-config.file={expanded}", "-check-syntax")

    assert "${" not in expanded.read_text(encoding="utf-8")
    assert checked.returncode == 0, checked.stderr


def test_only_variables_need_a_dollar_sign_in_promtails_file(root: Path) -> None:
    """Reading variables eats backslashes and other dollar signs, so a pattern with one is silently another."""
    lines = (root / PROMTAIL).read_text(encoding="utf-8").splitlines()

    for line in (line for line in lines if not line.lstrip().startswith("#")):
        left = re.sub(r"\$\{[A-Z_]+:-[^}$]*\}", "", line).replace("{{ $level := ", "").replace("$level", "")
        assert "$" not in left
        assert "\\" not in left


def test_labels_are_few_and_the_rest_is_metadata(root: Path) -> None:
    """Both jobs keep the same labels; what has many values makes no streams."""
    for job in load(root, PROMTAIL)["scrape_configs"]:
        stages = job["pipeline_stages"]
        kept = set().union(*(stage["labels"] for stage in stages if "labels" in stage))
        dropped = set().union(*(stage["labeldrop"] for stage in stages if "labeldrop" in stage))

        assert kept - dropped == LABELS
        assert set().union(*(stage["structured_metadata"] for stage in stages if "structured_metadata" in stage)) == (
            METADATA
        )


def places(folder: Path) -> dict[str, str]:
    """Return the variables that let Promtail read below a folder."""
    return {
        "CONTAINER_LOGS": str(folder / "containers"),
        "PROCESS_LOGS": str(folder / "logs"),
        "PROMTAIL_DATA": str(folder),
        "LISTEN_ADDRESS": "127.0.0.1",
        "PROMTAIL_HTTP_PORT": "0",
    }


def docker_line(line: str, component: str, tag: str = "watchkeeper") -> str:
    """Write a line as Docker's json-file driver does."""
    attributes = {"com.docker.compose.service": component, "tag": tag}
    wrapped = {"log": line + "\n", "stream": "stdout", "attrs": attributes, "time": "2026-11-21T08:00:09.5Z"}
    return json.dumps(wrapped) + "\n"


def write_logs(folder: Path) -> None:
    """Lay out log files of both kinds, with lines that must be distinguished."""
    call = json.dumps(CALL)
    (folder / "containers/one").mkdir(parents=True)
    (folder / "logs").mkdir()
    (folder / "containers/one/one-json.log").write_text(
        docker_line(call, "exporter")
        + docker_line("{broken", "exporter")
        + docker_line('time=2026-11-21T08:00:01.5Z level=WARN msg="slow"', "prometheus")
        + docker_line('{"message": "an app of the user"}', "my-app")
        + docker_line("own line of promtail", "promtail")
        + docker_line("not opted in", "database", tag="")
        + docker_line('{"t": "2026-11-21T08:00:02.5Z", "level": "info", "msg": "in grafana"}', "grafana")
    )
    (folder / "logs/exporter.log").write_text(call.replace("support-bot", "local-bot") + "\nplain words\n")
    (folder / "logs/alertmanager.log").write_text("time=2026-11-21T08:00:03.5Z level=INFO msg=listening\n")
    (folder / "logs/loki.log").write_text("own line of loki\n")
    (folder / "logs/promtail.log").write_text("own line of promtail\n")


@pytest.fixture(scope="module")
def sent(root: Path, programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Promtail would send to Loki: time, labels and line of each, as its dry run prints them."""
    folder = tmp_path_factory.mktemp("promtail")
    write_logs(folder)
    output = folder / "output"
    command = [str(programs["promtail"]), f"-config.file={root / PROMTAIL}", EXPAND, "--dry-run"]
    with (
        output.open("w") as file,
        subprocess.Popen(
            command, cwd=folder, env={**os.environ, **places(folder)}, stdout=file, stderr=file
        ) as process,
    ):
        deadline = time.monotonic() + 30
        # The last line of each file that is read.
        while time.monotonic() < deadline and not all(
            text in output.read_text() for text in ("in grafana", "plain words", "msg=listening")
        ):
            time.sleep(0.1)
        process.terminate()
    return output.read_text().replace("\t", " ")


@pytest.mark.parametrize(
    ("time_sent", "labels", "line"),
    [
        pytest.param(
            "2026-11-21T08:00:00.123456",
            'env="prod", event="llm_call_completed", level="info", service="support-bot"',
            '{"timestamp"',
            id="a fact keeps its own time and labels",
        ),
        pytest.param(
            "2026-11-21T08:00:00.123456",
            'env="prod", event="llm_call_completed", level="info", service="local-bot"',
            '{"timestamp"',
            id="a fact of a local process too",
        ),
        pytest.param(
            "2026-11-21T08:00:09.5",
            'level="info", service="watchkeeper"',
            "{broken",
            id="a broken line is kept as it is, with Docker's time",
        ),
        pytest.param("", 'level="info", service="watchkeeper"', "plain words", id="and so are plain words"),
        pytest.param(
            "2026-11-21T08:00:01.5",
            'level="warning", service="watchkeeper-prometheus"',
            "time=",
            id="prometheus in a container",
        ),
        pytest.param(
            "2026-11-21T08:00:03.5",
            'level="info", service="watchkeeper-alertmanager"',
            "time=",
            id="alertmanager as a process",
        ),
        pytest.param("2026-11-21T08:00:02.5", 'level="info", service="watchkeeper-grafana"', '{"t"', id="grafana"),
        pytest.param(
            "2026-11-21T08:00:09.5", 'level="info", service="my-app"', '{"message"', id="an app that opted in"
        ),
    ],
)
def test_lines_become_entries(time_sent: str, labels: str, line: str, sent: str) -> None:
    """The time of the line itself, few labels, the text unchanged."""
    # Promtail pads to the width of what it has written, so that a longer time has no space after it.
    pattern = rf"^{re.escape(time_sent)}\S*? ?\{{{re.escape(labels)}\}} ?{re.escape(line)}"

    assert re.search(pattern, sent, re.MULTILINE), sent


@pytest.mark.parametrize("text", ["own line of promtail", "own line of loki", "not opted in"])
def test_some_lines_are_nobodys_business(text: str, sent: str) -> None:
    """Promtail's and Loki's own lines would feed themselves; other containers did not ask."""
    assert text not in sent
