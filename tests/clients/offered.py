"""Which of the tools that a request offers the fake provider has run, and with what; each is asked for once."""

import json
from typing import Any

Arguments = dict[str, Any]

# What coding agents offer, in the order in which it is asked for. Paths are inside of the folder that they work in.
_COMMIT = (
    "git init -q && git -c user.name=nobody -c user.email=nobody@example.com commit -q --allow-empty -m 'Say hello'"
)
_KNOWN: tuple[tuple[str, Arguments], ...] = (
    ("Write", {"file_path": "hello.txt", "content": "hello\nworld\n"}),
    ("Bash", {"command": _COMMIT, "description": "Commit"}),
    ("exec_command", {"cmd": "echo hello"}),
    ("bash", {"command": "echo hello > hello.txt", "description": "Write hello.txt"}),
    ("write_file", {"file_path": "hello.txt", "content": "hello\nworld\n"}),
)
_ANY: Arguments = {"city": "Paris"}


def tool_to_call(offered: list[str], runs: int) -> tuple[str, Arguments] | None:
    """Name and arguments of the tool to run after ``runs`` runs; None when all that is known has run.

    An application's only tool, whatever its name, is asked for the weather in Paris.
    """
    known = [(name, arguments) for name, arguments in _KNOWN if name in offered]
    wanted = known or [(name, _ANY) for name in offered[:1]]
    return wanted[runs] if runs < len(wanted) else None


def as_text(arguments: Arguments) -> str:
    """Arguments as OpenAI writes them."""
    return json.dumps(arguments)
