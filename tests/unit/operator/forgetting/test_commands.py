"""`watchkeeper forget`, and `hash-users`, which it runs in the exporter's container."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from tests.support.documents import ROOT
from tests.support.engine_answers import EngineAnswers, engine_answers
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.config.forget_requests import ForgetUsed, requests_in
from watchkeeper.errors import EngineError, OperationError, WatchkeeperError
from watchkeeper.model.ids import keyed_hash
from watchkeeper.operator.forgetting import commands
from watchkeeper.operator.standalone import compose

ALICE = keyed_hash(b"key", "alice")


@pytest.fixture
def loki(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[EngineAnswers]:
    """It has two lines of whatever is asked for, of the trace t1."""
    configuration = tmp_path / "watchkeeper.yml"
    configuration.write_text("privacy: {capture: full}\nforward: [{name: jaeger, endpoint: 'http://jaeger:4318'}]\n")
    with engine_answers() as answers:
        answers.lines = ["t1", "t1"]  # type: ignore[list-item]  # lines of one field
        for name, value in {
            "LOKI_PORT": answers.url.rpartition(":")[2],
            "WATCHKEEPER_ROOT": str(ROOT),
            "WATCHKEEPER_WORK": str(tmp_path / "work"),
            "WATCHKEEPER_CONFIG": str(configuration),
            "WATCHKEEPER_USER_HASH_KEY": "key",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(commands, "console", Console(width=200))
        yield answers


@pytest.fixture
def log(loki: EngineAnswers, tmp_path: Path) -> Path:  # noqa: ARG001  # it makes the project
    """A log file with a line of alice and one of someone else."""
    file = tmp_path / "work" / "logs" / "exporter.log"
    file.parent.mkdir(parents=True)
    file.write_text("".join(json.dumps({"user_hash": one}) + "\n" for one in (ALICE, "b" * 16)))
    return file


def run(*arguments: str) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(app, ["forget", "--with", "processes", "--days", "1", *arguments])


def test_several_at_once(loki: EngineAnswers, log: Path) -> None:
    """Each kind is one request, and one more for lines of their traces that name no one; what is left is said."""
    shown = run("--user", "alice", "--user-hash", "c" * 16, "--session", "s", "--trace", "t", "--tenant", "acme")

    tenant = ' | tenant="acme"'
    assert shown.exit_code == 0, shown.exception
    assert loki.deleted == [
        f'{{service=~".+"}} | user_hash=~"{"c" * 16}|{ALICE}"{tenant}',
        f'{{service=~".+"}} | session_id="s"{tenant}',
        f'{{service=~".+"}} | trace_id="t"{tenant}',
        f'{{service=~".+"}} | trace_id="\\"t1\\"" | user_hash=""{tenant}',
        f'{{service=~".+"}} | trace_id="\\"t1\\"" | session_id=""{tenant}',
    ]
    assert "Loki: 10 lines being deleted (requests 4c006503, 4c006503" in shown.stdout
    assert "Left: Traces were forwarded to jaeger: delete them there." in shown.stdout
    assert "Left: The exporter's journal" in shown.stdout
    assert log.exists()


def test_lines_go_from_the_log_file(loki: EngineAnswers, log: Path) -> None:
    """Where no writer runs, at once."""
    shown = run("--user", "alice")

    assert loki.deleted
    assert "Log files: 1 line taken out of" in shown.stdout
    assert log.with_name("exporter.log.1").read_text() == json.dumps({"user_hash": "b" * 16}) + "\n"


def test_a_dry_run_counts_only(loki: EngineAnswers, log: Path) -> None:
    """In Loki and in the file; both stay."""
    before = log.read_bytes()

    shown = run("--user", "alice", "--dry-run")

    assert shown.stdout == "Loki: 4 lines.\nLog files: 1 line.\n"
    assert loki.deleted == []
    assert log.read_bytes() == before


def test_nothing_is_found(loki: EngineAnswers) -> None:
    """Loki is asked to delete nothing."""
    loki.lines = []

    shown = run("--session", "s")

    assert "Loki: no lines of theirs." in shown.stdout
    assert loki.deleted == []


def test_what_was_used_is_left_to_an_exporter_that_does_not_run(loki: EngineAnswers, tmp_path: Path) -> None:
    """Its state directory has the request: the user, and the run that lines are of."""
    state = tmp_path / "work" / "data" / "exporter"
    state.mkdir(parents=True)

    shown = run("--user", "alice", "--session", "s")

    ((_, request),) = requests_in(state)
    assert loki.deleted
    assert "Ceilings and quotas: what they used is taken away when the exporter runs." in shown.stdout
    assert request == ForgetUsed(users=(ALICE,), sessions=("s",), traces=('"t1"',))


def test_a_dry_run_asks_no_exporter(loki: EngineAnswers, tmp_path: Path) -> None:  # noqa: ARG001  # it makes the project
    """Nothing is taken away."""
    state = tmp_path / "work" / "data" / "exporter"
    state.mkdir(parents=True)

    run("--user", "alice", "--dry-run")

    assert list(requests_in(state)) == []


def test_docker_asks_in_the_container(loki: EngineAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the exporter says there is shown; one that does not run keeps no one from the rest."""
    asked: list[bytes] = []

    def answered(_root: Path, request: str) -> str:
        asked.append(request.encode())
        return "Ceilings and quotas: 2 sums of what they used taken away."

    def away(_root: Path, _request: str) -> str:
        raise EngineError("the exporter's container does not forget what was used: it is not running")

    monkeypatch.setattr(compose, "forget_used", answered)
    shown = CliRunner().invoke(app, ["forget", "--with", "docker", "--user-hash", ALICE])
    monkeypatch.setattr(compose, "forget_used", away)
    without = CliRunner().invoke(app, ["forget", "--with", "docker", "--user-hash", ALICE])

    assert loki.deleted
    assert msgspec.json.decode(asked[0], type=ForgetUsed).users == (ALICE,)
    assert "Ceilings and quotas: 2 sums of what they used taken away." in shown.stdout
    assert "it is not running. Run this again when it runs." in without.stdout
    assert "Left: Docker's own log files" in without.stdout


def test_in_the_container_the_exporters_state_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By its state directory; one without has it in memory alone."""
    monkeypatch.setattr(commands, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("WATCHKEEPER_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("WATCHKEEPER_CONFIG", raising=False)
    said = msgspec.json.encode(ForgetUsed(users=(ALICE,)))

    kept = CliRunner().invoke(app, ["forget-used"], input=said)
    monkeypatch.delenv("WATCHKEEPER_STATE_DIR")
    in_memory = CliRunner().invoke(app, ["forget-used"], input=said)

    assert [request for _, request in requests_in(tmp_path)] == [ForgetUsed(users=(ALICE,))]
    assert kept.stdout == "Ceilings and quotas: what they used is taken away when the exporter runs.\n"
    assert "in memory alone" in in_memory.stdout


@pytest.mark.usefixtures("log")
def test_a_loki_that_is_away_is_a_sentence(loki: EngineAnswers, log: Path) -> None:
    """And nothing is done by half: the file has its lines for the next try."""
    loki.broken = {"/loki/api/v1/query_range"}
    before = log.read_bytes()

    assert isinstance(run("--user", "alice").exception, EngineError)
    assert log.read_bytes() == before


@pytest.mark.usefixtures("loki")
def test_who_is_meant_must_be_said() -> None:
    """Without an id, or with what is none, nothing is deleted."""
    assert isinstance(run().exception, WatchkeeperError)
    assert isinstance(run("--user-hash", "alice").exception, WatchkeeperError)


@pytest.mark.usefixtures("loki")
def test_without_the_key_a_user_has_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence on what to do instead."""
    monkeypatch.delenv("WATCHKEEPER_USER_HASH_KEY")

    problem = run("--user", "alice").exception

    assert isinstance(problem, OperationError)
    assert "--user-hash" in str(problem)


def test_the_kept_key_is_read(loki: EngineAnswers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of the local exporter."""
    monkeypatch.delenv("WATCHKEEPER_USER_HASH_KEY")
    kept = tmp_path / "work" / "data" / "exporter" / "user_hash.key"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"key")

    run("--user", "alice")

    assert f'user_hash="{ALICE}"' in loki.deleted[0]


def test_docker_hashes_in_the_container(loki: EngineAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key leaves it not; its log files are Docker's."""
    monkeypatch.setattr(compose, "user_hashes", lambda _root, users: ["d" * 16 for _ in users])
    monkeypatch.setattr(compose, "forget_used", lambda _root, _asked: "")

    shown = CliRunner().invoke(app, ["forget", "--with", "docker", "--user", "alice"])

    assert f'user_hash="{"d" * 16}"' in loki.deleted[0]
    assert "docker compose up -d --force-recreate exporter" in shown.stdout


def test_what_is_pending_is_listed(loki: EngineAnswers) -> None:
    """Without what is done; nothing in a query moves a cursor."""
    common: dict[str, Any] = {"start_time": 1.0, "end_time": time.time(), "created_at": time.time(), "user_id": ""}
    loki.deletions = [
        {"request_id": "aaaa", "query": '{a="\x1b[2J"}', "status": "received", **common},
        {"request_id": "bbbb", "query": "{}", "status": "processed", **common},
    ]

    shown = run("--pending")

    assert "aaaa" in shown.stdout
    assert "bbbb" not in shown.stdout
    assert "\x1b[2J" not in shown.stdout
    loki.deletions = []
    assert run("--pending").stdout == "Loki has nothing to delete.\n"


def test_users_are_hashed_by_the_exporters_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """One a line."""
    monkeypatch.setenv("WATCHKEEPER_USER_HASH_KEY", "key")

    shown = CliRunner().invoke(app, ["hash-users", "alice", "--", "-bob"])

    assert shown.stdout.split() == [ALICE, keyed_hash(b"key", "-bob")]


def test_without_a_kept_key_no_hash_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a new key would find nobody."""
    monkeypatch.delenv("WATCHKEEPER_USER_HASH_KEY", raising=False)
    monkeypatch.delenv("WATCHKEEPER_STATE_DIR", raising=False)
    monkeypatch.delenv("WATCHKEEPER_CONFIG", raising=False)

    assert isinstance(CliRunner().invoke(app, ["hash-users", "alice"]).exception, WatchkeeperError)
