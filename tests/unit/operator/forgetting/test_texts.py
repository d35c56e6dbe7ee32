"""Archived texts of those who are forgotten: their own, and those of their traces that name no one."""

import json
from pathlib import Path

import pytest
from tests.unit.operator.forgetting.test_commands import ALICE, loki, run
from typer.testing import CliRunner

from watchkeeper.archive.folder import FolderStore
from watchkeeper.archive.names import NO_ONE, ObjectName, digest_of, short
from watchkeeper.archive.opened import OpenArchive
from watchkeeper.archive.sealing import Sealer
from watchkeeper.cli import app
from watchkeeper.operator.forgetting.texts import Asked, forget_texts
from watchkeeper.operator.forgetting.whose import SESSION, TRACE, USER

BOB = "b" * 16
__all__ = ["loki"]


@pytest.fixture
def archive(tmp_path: Path) -> OpenArchive:
    """Texts of alice and of bob, of two tenants, in three traces."""
    made = OpenArchive(FolderStore(tmp_path / "texts"), Sealer())
    made.store.prepare()
    for said, tenant, user, session, trace in (
        ("alice", "acme", ALICE, "s1", "t1"),
        ("no one, beside alice", "acme", NO_ONE, "", "t1"),
        ("bob, beside alice", "acme", BOB, "s2", "t1"),
        ("bob", "acme", BOB, "s2", "t2"),
        ("no one, in a trace that lines know", "acme", NO_ONE, "", "t3"),
        ("no one at all", "acme", NO_ONE, "", ""),
        ("alice, elsewhere", "other", ALICE, "", ""),
    ):
        parts = {"tenant": short(tenant), "user": user, "session": short(session), "trace": short(trace)}
        made.put(ObjectName(day="2026-11-30", digest=digest_of(said), **parts).key, said)
    return made


def left(archive: OpenArchive) -> set[str]:
    """What the archive still has."""
    return set(map(archive.text, archive.store.keys()))


@pytest.mark.parametrize(
    ("ids", "traces", "tenant", "gone"),
    [
        ({USER: [ALICE]}, {USER: []}, "", {"alice", "no one, beside alice", "alice, elsewhere"}),
        ({USER: [ALICE]}, {USER: []}, "acme", {"alice", "no one, beside alice"}),
        (
            {USER: [BOB]},
            {USER: ["t3"]},
            "",
            {"bob", "bob, beside alice", "no one, beside alice", "no one, in a trace that lines know"},
        ),
        ({SESSION: ["s1"]}, {SESSION: []}, "", {"alice", "no one, beside alice"}),
        ({TRACE: ["t1"]}, {}, "", {"alice", "no one, beside alice", "bob, beside alice"}),
        ({USER: ["c" * 16], SESSION: ["none"], TRACE: ["none"]}, {USER: [], SESSION: []}, "", set()),
    ],
    ids=["a user", "a tenant's user", "a user with a trace of lines", "a session", "a trace", "unknown ones"],
)
def test_theirs_are_removed(
    archive: OpenArchive, ids: dict[str, list[str]], traces: dict[str, list[str]], tenant: str, gone: set[str]
) -> None:
    """And no other; a dry run counts them."""
    before = left(archive)

    counted = forget_texts(archive, Asked(ids=ids, traces=traces, tenant=tenant, is_dry_run=True))
    kept = left(archive)
    removed = forget_texts(archive, Asked(ids=ids, traces=traces, tenant=tenant))

    assert kept == before
    assert counted == removed == len(gone)
    assert left(archive) == before - gone


@pytest.mark.usefixtures("loki")
def test_the_command_removes_them_before_lines(archive: OpenArchive, tmp_path: Path) -> None:
    """Lines tell whose traces they are of; that of the local archive is the exporter's own."""
    (tmp_path / "watchkeeper.yml").write_text("privacy: {capture: full}\narchive: {to: texts}\n")

    counted, done = run("--user", "alice", "--dry-run"), run("--user", "alice")

    assert counted.stdout.startswith("Archive: 3 texts.\nLoki:")
    assert done.stdout.startswith("Archive: 3 texts removed.\nLoki:")
    assert "alice" not in left(archive)


def test_the_container_is_asked_by_json(archive: OpenArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard input, which has no limit as arguments have; it answers with how many."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("privacy: {capture: full}\narchive: {to: texts}\n")
    monkeypatch.setenv("WATCHKEEPER_CONFIG", str(file))
    asked = json.dumps({"ids": {USER: [ALICE]}, "traces": {USER: []}})

    shown = CliRunner().invoke(app, ["forget-texts"], input=asked)

    assert shown.stdout == "3\n", shown.exception
    assert "alice" not in left(archive)
