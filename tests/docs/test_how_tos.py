"""Every command of every how-to, read by what it is for: a command of ours by its parser, a request by the exporter.

What changes a running stack is run word by word elsewhere: tests/stack, tests/compose and tests/e2e.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from tests.docs.test_commands import make_targets
from tests.support.documents import ROOT, CodeBlock, code_blocks
from tests.support.exporter import run_exporter
from tests.support.how_tos import HOW_TOS, Command, commands

from watchkeeper.cli import app
from watchkeeper.config.schema import ConfigFile

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
# Programs of others: nothing of ours could be wrong in what they are told, or it is tried where the reason says.
FOREIGN = {
    "alloy": "of Grafana; its input is checked in tests/config/test_logs.py",
    "editor": "stands for the reader's own",
    "git": "versions of the reader's copy",
    "openssl": "makes random bytes",
    "opentelemetry-instrument": "run in tests/clients",
    "pip": "its packages are installed in tests/clients",
    "sed": "run in tests/config/test_logs.py",
}


def of_watchkeeper(command: Command) -> None:
    """Its own parser takes the words, as far as running it."""
    parser: Any = typer.main.get_command(app)
    name, *words = command.words
    for file in (Path(word) for word in words if re.fullmatch(r"[^-].*\.[a-z]+", word)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    while hasattr(parser, "commands"):
        name, *words = words
        parser = parser.commands[name]
    assert parser.make_context(name, words)


def of_make(command: Command) -> None:
    """The target exists, and reads every variable that it is given."""
    _, *words = command.words
    targets = [word for word in words if "=" not in word]
    assert targets
    assert set(targets) <= make_targets()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = "".join(re.search(rf"^{target}:.*\n(?:\t.*\n)+", makefile, re.MULTILINE)[0] for target in targets)  # type: ignore[index]
    for name in (word.partition("=")[0] for word in words if "=" in word):
        assert f"$({name}" in recipes or f"$(or $({name})" in recipes or f"$(if $({name})" in recipes, name


def of_docker(command: Command) -> None:
    """The files and services that it names are there."""
    words = command.words
    for flag, value in pairwise(words):
        if flag in ("-f", "--file"):
            assert (ROOT / value).is_file(), value
    if set(words) & {"exec", "rm"}:
        assert set(words) & SERVICES.keys(), words
    for flag, value in pairwise(words):
        assert flag != "--scale" or value.partition("=")[0] in SERVICES


def of_kubectl(command: Command) -> None:
    """What becomes a map or a secret is there."""
    for path in re.findall(r"--from-file=(\S+)", " ".join(command.words)):
        assert (ROOT / path).exists(), path


def of_curl(command: Command) -> None:
    """The exporter takes every event; Alertmanager's silence is sent in tests/stack/test_how_tos.py."""
    address = next(word for word in command.words if word.startswith("http"))
    body = command.words[command.words.index("-d") + 1]
    if ":9093/" in address:
        assert address.endswith("/api/v2/silences")
        return
    with run_exporter() as exporter:
        headers = {"content-type": "application/json"}
        reply = exporter.client.post(address.split(":4318")[1], content=body.encode(), headers=headers)

        assert reply.status_code == 200, reply.text
        assert not reply.json().get("rejected"), reply.text


def of_printf(command: Command) -> None:
    """What it writes is a secret that something reads."""
    assert_is_secret(command.words[-1])


def of_mkdir(command: Command) -> None:
    """The folder is one of those that secrets are in."""
    assert_is_secret(f"{command.words[-1]}/")


def assert_is_secret(path: str) -> None:
    """A file of secrets, or one in a folder of them; with the name of a team behind a dot."""
    folder, _, name = path.removeprefix("secrets/").rpartition("/")
    read = (ROOT / "secrets" / "README.md").read_text(encoding="utf-8")
    assert path.startswith("secrets/")
    assert f"`{folder or name.partition('.')[0]}`" in read, path


def of_echo(command: Command) -> None:
    """A setting of .env: the file of examples has it, and profiles exist."""
    assert command.words[-2:] == (">>", ".env")
    name, _, value = command.words[1].partition("=")
    assert f"#{name}=" in (ROOT / ".env.example").read_text(encoding="utf-8")
    if name == "COMPOSE_PROFILES":
        profiles = {one for service in SERVICES.values() for one in service.get("profiles", ())}
        assert set(value.split(",")) <= profiles


def of_python(command: Command) -> None:
    """The tests that it names are there."""
    assert all((ROOT / word).exists() for word in command.words if word.startswith("tests/"))


def of_export(command: Command) -> None:
    """A variable with a value; test_commands.py looks whether something reads it."""
    assert re.match(r"[A-Z_]+=.", command.words[1])


CHECKS: dict[str, Callable[[Command], None]] = {
    "./watchkeeper": of_watchkeeper,
    ".venv/bin/python": of_python,
    "curl": of_curl,
    "docker": of_docker,
    "echo": of_echo,
    "export": of_export,
    "kubectl": of_kubectl,
    "make": of_make,
    "mkdir": of_mkdir,
    "printf": of_printf,
}
COMMANDS = [pytest.param(command, id=str(command)) for page in HOW_TOS for command in commands(page)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader copies is a command of ours with its options, or a request that is taken."""
    monkeypatch.chdir(tmp_path)
    program = command.words[0]
    assert program in CHECKS or program in FOREIGN, f"no one checks commands of {program}"

    if program in CHECKS:
        CHECKS[program](command)
    for variable in command.variables:
        assert variable.partition("=")[2], variable


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_files_are_applied_in_one_way(page: Path) -> None:
    """`make reload` restarts what has to be restarted; by hand only what has no file of ours is."""
    restarted = {
        word
        for text in (block.text for block in code_blocks(page))
        for found in re.findall(r"docker compose restart (.*)", text)
        for word in found.split()
    }
    applied = [command.words for command in commands(page) if command.words[:2] in (("make", "reload"), ("make", "up"))]

    assert not restarted
    if any(is_configuration(block) for block in code_blocks(page) if block.line < 60):
        assert applied or "make reload" in page.read_text(encoding="utf-8"), "says no way to apply the file"


def is_configuration(block: CodeBlock) -> bool:
    """Whether it is a part of watchkeeper.yml."""
    content = yaml.safe_load(block.text) if block.language == "yaml" else None
    return isinstance(content, dict) and set(content) <= set(ConfigFile.model_fields)
