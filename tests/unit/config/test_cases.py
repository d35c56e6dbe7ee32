"""Numbered cases of watchkeeper.yml: a file, the command, and every word that it answers.

`python -m tests.unit.config.test_cases` writes the answers again; read the difference before it is committed.
"""

import io
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from rich.console import Console

from watchkeeper import cli
from watchkeeper.errors import ConfigError

FOLDER = Path(__file__).with_name("cases")
CASES = sorted(FOLDER.glob("*.txt"))
FILE = "-- watchkeeper.yml --\n"
COMMAND = "-- watchkeeper check-config watchkeeper.yml --\n"


def answered(content: str) -> str:
    """What a person reads who checks a file of this content; no engine is asked for what it has seen."""
    said = io.StringIO()
    seen, console = patch.object(cli, "_seen_names", dict), patch.object(cli, "console", Console(file=said))
    with TemporaryDirectory() as folder, chdir(folder), seen, console:
        Path("watchkeeper.yml").write_text(content)
        try:
            cli.check_config(Path("watchkeeper.yml"))
        except ConfigError as problem:  # as main() shows it
            return f"{problem}\n"
    return said.getvalue()


def parts(case: Path) -> tuple[str, str]:
    """The file of a case, and the answer that it names."""
    content, _, answer = case.read_text().removeprefix(FILE).partition(COMMAND)
    return content, answer


def test_cases_are_numbered_in_their_order() -> None:
    """Each number once."""
    assert [case.name[:2] for case in CASES] == [f"{number:02}" for number in range(1, len(CASES) + 1)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_answer_is_what_the_case_says(case: Path) -> None:
    """Every word, the place and the caret."""
    content, answer = parts(case)

    assert answered(content) == answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_answer_shows_a_credential(case: Path) -> None:
    """Whoever puts one into the file does not find it in a log as well."""
    assert not [secret for secret in ("wk_this", "hooks.slack.com") if secret in parts(case)[1]]


if __name__ == "__main__":
    for one in CASES:
        one.write_text(f"{FILE}{parts(one)[0]}{COMMAND}{answered(parts(one)[0])}")
