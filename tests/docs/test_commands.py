import re
import shlex
from pathlib import Path

import pytest
from tests.support.documents import PAGES, ROOT, code, code_blocks, code_spans, page_name

from watchkeeper.cli import app

# Named in documentation, read by other programs.
FOREIGN_VARIABLES = (
    "CLAUDE_CODE_",
    "OTEL_",
    "GF_",
    "COMPOSE_",
    "AWS_",
    "GITHUB_",
    "UV_",
    "OPENAI_",
    "LANGFUSE_",
    "TRACELOOP_",
    "USE_OTEL_LITELLM_",
    "PROMETHEUS_MULTIPROC_",
)
WHERE_VARIABLES_ARE_READ = (
    "docker-compose.yml",
    ".env.example",
    "Makefile",
    "services",
    "promtail",
    "loki",
    "prometheus",
    "tests/compose",
)


def make_targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def watchkeeper_commands() -> set[str]:
    """Return the names of all commands."""
    commands = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback
    }
    return commands | {group.name for group in app.registered_groups if group.name}


def command_lines(page: Path) -> list[str]:
    """Return every line of code, without prompts and comments."""
    return [line.removeprefix("$ ").split(" # ")[0].strip() for text in code(page) for line in text.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_make_targets_exist(page: Path) -> None:
    """Every `make something` of a page is a target of the Makefile."""
    named = {found for line in command_lines(page) for found in re.findall(r"(?:^|\s)make ([a-z][\w-]*)", line)}

    assert named <= make_targets()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_watchkeeper_commands_exist(page: Path) -> None:
    """Every `watchkeeper something` of a page is a command."""
    named = {
        found
        for line in command_lines(page)
        for found in re.findall(r"(?:^|\s)(?:\./)?watchkeeper ([a-z][\w-]*)", line)
    }

    assert named <= watchkeeper_commands()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_command_that_is_copied_is_there(page: Path) -> None:
    """Nothing puts `watchkeeper` on PATH: what a reader copies is in the project's folder."""
    blocks = [line.removeprefix("$ ") for block in code_blocks(page) for line in block.text.splitlines()]

    assert not [line for line in blocks if re.match(r"watchkeeper [a-z]|.*uv run watchkeeper", line)]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_environment_variables_are_read_somewhere(page: Path) -> None:
    """A variable that nothing reads would be set in vain; what queries name in capitals is a series."""
    texts = [*code_spans(page), *(block.text for block in code_blocks(page) if block.language != "promql")]
    named = {name for text in texts for name in re.findall(r"\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\b", text)}
    sources = "".join(_texts(ROOT / place) for place in WHERE_VARIABLES_ARE_READ)

    assert {name for name in named if not name.startswith(FOREIGN_VARIABLES) and name not in sources} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_commands_can_be_read_by_a_shell(page: Path) -> None:
    """Quotes close: what is copied from a page does not leave the reader's shell waiting."""
    for text in (block for block in code(page) if block.startswith(("curl ", "make ", "docker ", "printf "))):
        assert shlex.split(text, comments=True)


def _texts(place: Path) -> str:
    files = [place] if place.is_file() else [path for kind in ("py", "yml") for path in place.rglob(f"*.{kind}")]
    return "".join(path.read_text(encoding="utf-8") for path in files)
