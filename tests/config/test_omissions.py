"""What a contributor may forget, asked of the project, and of copies from which it was left out."""

import shutil
from pathlib import Path

import pytest
from tests.config.conftest import ROOT
from tests.support import code_gate, rule_gate
from tests.support.generated import outdated
from tests.support.omissions import OMISSIONS, Check, Omission

# Each check, and the folders that it reads.
CHECKS: dict[Check, tuple[str, ...]] = {
    code_gate.dialects: ("services/watchkeeper/exporter/normalise",),
    code_gate.modules: ("services/watchkeeper", "grafana/src"),
    code_gate.events: ("services/watchkeeper/exporter", "tests/golden/payloads/native"),
    code_gate.facts: ("services/watchkeeper/exporter/sinks", "services/watchkeeper/model"),
    code_gate.log_lines: ("services/watchkeeper/exporter/sinks", "tests/golden/expected", "tests/unit/exporter/sinks"),
    code_gate.config_keys: ("services/watchkeeper",),
    rule_gate.recordings: ("prometheus",),
    rule_gate.limits: ("prometheus/rules", "services/watchkeeper/config"),
    rule_gate.left_over: ("prometheus", "loki/rules", "docs/runbooks"),
    rule_gate.receivers: ("alertmanager",),
    rule_gate.indexes: ("docs",),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_was_forgotten(check: Check) -> None:
    """Nothing is missing from the project."""
    missing = list(check(ROOT))

    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("omission", OMISSIONS, ids=lambda omission: omission.name)
def test_what_was_forgotten_is_named(tmp_path: Path, omission: Omission) -> None:
    """In a copy one thing is left out: the sentence names it, and the file to touch."""
    for folder in CHECKS[omission.check]:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))

    omission.apply(tmp_path)

    missing = list(omission.check(tmp_path))
    assert any(sentence.startswith(omission.expected) for sentence in missing), missing


def test_every_check_has_an_omission() -> None:
    """A check that no one saw refuse anything is none."""
    assert {omission.check for omission in OMISSIONS} == CHECKS.keys()


def test_a_file_that_was_not_generated_anew_is_named(tmp_path: Path) -> None:
    """Changed, new or gone: each is a sentence with the command."""
    shipped, fresh = tmp_path / "docs/reference", tmp_path / "fresh"
    shipped.mkdir(parents=True)
    fresh.mkdir()
    for file in (shipped / "same.md", shipped / "changed.md", shipped / "gone.md", fresh / "same.md", fresh / "new.md"):
        file.write_text("as it was")
    (fresh / "changed.md").write_text("as it is")

    problems = list(outdated(shipped, fresh, "*.md", tmp_path))

    assert problems == [
        "docs/reference/changed.md: must be what its source gives: run `make generate`",
        "docs/reference/gone.md: must be what its source gives: run `make generate`",
        "docs/reference/new.md: must be what its source gives: run `make generate`",
    ]
