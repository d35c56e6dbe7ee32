"""Alertmanager's own tool on Alertmanager's own file; routes, messages and inhibition have files of their own."""

import json
import re
from pathlib import Path

from tests.config.conftest import Run

from watchkeeper.config.setup import run_setup

CONFIG = "alertmanager/alertmanager.yml"


def test_amtool_accepts_the_complete_file(run: Run) -> None:
    """The file as shipped, with all of its integrations."""
    checked = run("amtool", "check-config", CONFIG)

    assert checked.returncode == 0, checked.stderr


def test_amtool_accepts_what_is_left_without_any_secret(root: Path, run: Run, tmp_path: Path) -> None:
    """With no secret at all the webhook to the exporter is left, and the exporter's inbox; it boots."""
    run_setup({"WATCHKEEPER_ALERTMANAGER_DIR": str(root / "alertmanager"), "WATCHKEEPER_RUNTIME_DIR": str(tmp_path)})

    checked = run("amtool", "check-config", str(tmp_path / "alertmanager/alertmanager.yml"))
    left = [status for status in json.loads((tmp_path / "receivers.json").read_text()) if status["configured"]]
    assert checked.returncode == 0, checked.stderr
    assert [status["receiver"] for status in left] == ["exporter", "inbox"]


def test_every_secret_stands_in_a_file_of_its_own(root: Path) -> None:
    """The file itself can be shown to anyone; the README of the folder names each secret."""
    text = (root / CONFIG).read_text(encoding="utf-8")
    # Of AWS an environment variable names the file.
    environ = re.findall(r"AWS_\w+_FILE: \S+", (root / "docker-compose.yml").read_text(encoding="utf-8"))
    named = set(re.findall(r"/run/secrets/watchkeeper/(\w+)", "\n".join([text, *environ])))

    assert not re.search(r"(?<!_file): *['\"]?(https://hooks\.|xox|[0-9a-f]{32})", text)
    assert named == set(re.findall(r"^\| `(\w+)`", (root / "secrets/README.md").read_text(), re.MULTILINE))
