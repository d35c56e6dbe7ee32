"""What the README and the table of `up` show works when it is typed as shown."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from rich.console import Console
from tests.e2e.support.stack import PROJECT, Stack
from tests.e2e.support.waiting import eventually

from watchkeeper.operator.standalone.welcome import show_processes

README = PROJECT / "README.md"


def commands(text: str, beginning: str) -> list[str]:
    """Commands of the README's console blocks that begin so; a quoted body may span lines."""
    blocks = re.findall(r"```(?:console|sh|bash)\n(.*?)```", text, re.DOTALL)
    found = []
    for block in blocks:
        lines = re.split(r"\n(?=\S)(?![\])}'\"])", block.strip())
        found += [line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith(beginning)]
    return found


def here(stack: Stack, command: str) -> str:
    """The same command with the ports of this stack."""
    return command.replace("localhost:4318", f"localhost:{stack.bundle.settings.ports['exporter']}")


def run(command: str) -> str:
    """Run a command line in a shell, as a reader would."""
    done = subprocess.run(
        ["bash", "-ec", command], capture_output=True, text=True, check=False, timeout=240, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_shows_both_ways_to_connect() -> None:
    """One variable for OpenTelemetry, one request without it."""
    text = README.read_text(encoding="utf-8")

    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318" in text
    assert commands(text, "curl")


@pytest.mark.parametrize("command", commands(README.read_text(encoding="utf-8"), "curl"))
def test_a_request_of_the_readme_is_counted(stack: Stack, command: str) -> None:
    """Typed as shown, the call is in Prometheus seconds later."""
    services = re.findall(r'"service": ?"([^"]+)"', command)

    run(here(stack, command))

    for service in services:
        query = f'sum(increase(llm_requests_total{{service="{service}"}}[30m] anchored)) >= 1'
        assert eventually(f"a call of {service}", lambda query=query: stack.query(query))


def test_the_command_that_up_prints_is_counted(stack: Stack, tmp_path: Path) -> None:
    """The example under the table works when it is copied."""
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        show_processes(Console(file=out, width=100), stack.components.values(), stack.bundle.settings)
    text = (tmp_path / "out").read_text(encoding="utf-8")
    command = next(line for line in text.splitlines() if "curl " in line)
    command = command[command.index("curl ") :]

    assert shlex.split(command)
    assert '"accepted":1' in run(command).replace(" ", "")


def test_an_instrumented_program_needs_only_the_variable(stack: Stack) -> None:
    """The OTLP exporter's own rule: the endpoint plus /v1/traces is where spans go."""
    payload = (PROJECT / "tests" / "e2e" / "payloads" / "chat_defaults.bin").read_bytes()
    endpoint = f"http://localhost:{stack.bundle.settings.ports['exporter']}"

    answer = stack.client.post(
        f"{endpoint}/v1/traces", content=payload, headers={"content-type": "application/x-protobuf"}
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-protobuf"
