"""The configuration on disk, asked of the programs that will read it, before anything running is touched."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from watchkeeper.config.load import load_config
from watchkeeper.errors import ConfigError
from watchkeeper.operator.standalone.bundle import Bundle
from watchkeeper.operator.standalone.commands import Outcome, ask
from watchkeeper.operator.standalone.shipped import write_config

# Containers are made for it in Docker; promtool reads hundreds of rules in a second.
_ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that evaluates a folder of configuration: how it is called on the file in that folder."""

    folder: str
    program: str
    arguments: tuple[str, ...]

    def on(self, folder: str) -> list[str]:
        """Its arguments for the file in a folder."""
        return [argument.format(folder=folder) for argument in self.arguments]


# `anchored`, which makes sums of money exact, is read with this alone.
_EXPERIMENTAL = ("--enable-feature=promql-extended-range-selectors",)

TOOLS = (
    Tool(
        folder="prometheus",
        program="promtool",
        arguments=(*_EXPERIMENTAL, "check", "config", "{folder}/prometheus.yml"),
    ),
    Tool(folder="alertmanager", program="amtool", arguments=("check-config", "{folder}/alertmanager.yml")),
    Tool(
        folder="loki",
        program="loki",
        arguments=("-verify-config", "-config.file={folder}/loki.yml", "-config.expand-env=true"),
    ),
    Tool(
        folder="promtail",
        program="promtail",
        arguments=("-check-syntax", "-config.file={folder}/promtail.yml", "-config.expand-env=true"),
    ),
)


def check_for_processes(bundle: Bundle, programs: Mapping[str, Path]) -> None:
    """Render the files into a folder of their own and let every program evaluate them.

    Raises: ConfigError with every problem of every file.
    """
    with tempfile.TemporaryDirectory(prefix="watchkeeper-check-") as folder:
        draft = replace(bundle, places=replace(bundle.places, work=Path(folder)))
        file = load_config(bundle.settings.config_file(bundle.places.root), bundle.settings.environ).file
        write_config(draft.places, draft.rendering, file, bundle.settings.inbox)
        commands = [
            (tool, [str(programs[tool.program]), *tool.on(f"{draft.places.config}/{tool.folder}")]) for tool in TOOLS
        ]
        _raise(_problems_of(commands))


def check_for_docker(root: Path) -> None:
    """Let every program evaluate the folders of the project, each in a fresh container of its own image.

    Raises: ConfigError with every problem of every file.
    """
    problems: list[str] = []
    try:
        load_config(root / "watchkeeper.yml", os.environ)
    except ConfigError as problem:
        problems.append(str(problem))
    _raise([*problems, *_problems_of([(tool, _container_command(root, tool)) for tool in TOOLS])])


def _container_command(root: Path, tool: Tool) -> list[str]:
    mount = f"{root / tool.folder}:/check:ro"
    run = ["run", "--rm", "--no-deps", "-T", "--volume", mount, "--entrypoint", tool.program, tool.folder]
    return ["docker", "compose", "--project-directory", str(root), *run, *tool.on("/check")]


def _problems_of(commands: Sequence[tuple[Tool, Sequence[str]]]) -> Iterator[str]:
    """One sentence for each program that refuses its files."""
    for tool, command in commands:
        outcome = ask(command, timeout_seconds=_ANSWER_SECONDS)
        if outcome.code != 0:
            yield f"{tool.folder}: {tool.program} must accept it, got {_message(outcome)}"


def _raise(problems: Iterable[str]) -> None:
    found = list(problems)
    if found:
        raise ConfigError(found)


def _message(outcome: Outcome) -> str:
    """What it said of what is wrong; what it found right is of no interest."""
    lines = (line.strip() for line in (*outcome.output.splitlines(), *outcome.last_lines))
    return "; ".join(line for line in lines if line and not line.startswith(("Checking", "SUCCESS", "Found")))
