"""What someone used of a ceiling is forgotten while the exporter runs, and no restart and no crash brings it back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.exporter import ExporterInTest, run_exporter

from watchkeeper.config.forget_requests import ForgetUsed
from watchkeeper.model.ids import keyed_hash
from watchkeeper.operator.forgetting.used import forget_used

CONFIG = """
ceilings:
  - {name: users, per: user, max_steps: 100}
"""
KEY = "key"


@contextmanager
def started(folder: Path) -> Iterator[ExporterInTest]:
    """An exporter with the state in a folder."""
    config = folder.parent / "watchkeeper.yml"
    config.write_text(CONFIG)
    environ = {"WATCHKEEPER_STATE_DIR": str(folder), "WATCHKEEPER_USER_HASH_KEY": KEY}
    with run_exporter(environ, config) as exporter:
        yield exporter


def call(exporter: ExporterInTest, user: str, number: int) -> None:
    """A call of a user."""
    event = {"type": "llm_call", "service": "shop", "model": "gpt-4o", "user_id": user, "trace_id": f"{number:032x}"}
    assert exporter.post_events(event)["accepted"] == 1


def steps(exporter: ExporterInTest, user: str) -> float:
    """How many steps of the ceiling a user has used, as a gateway is told."""
    reply = exporter.client.post("/v1/budget/check", json={"model": "gpt-4o", "user_id": user}).json()
    return float(reply["ceilings"][0]["used"]["steps"])


def alice() -> ForgetUsed:
    """The request that the command makes of her id."""
    return ForgetUsed(users=(keyed_hash(KEY.encode(), "alice"),))


def test_it_is_gone_at_once_and_after_a_crash_and_a_restart(tmp_path: Path) -> None:
    """Of another user everything stays."""
    with started(tmp_path / "a") as first:
        for number, user in enumerate(("alice", "alice", "bob"), start=1):
            call(first, user, number)
        before = steps(first, "alice"), steps(first, "bob")
        count = forget_used(tmp_path / "a", alice(), 20)
        after = steps(first, "alice"), steps(first, "bob")
        left = Path(shutil.copytree(tmp_path / "a", tmp_path / "crashed"))
    with started(left) as crashed:
        after_crash = steps(crashed, "alice"), steps(crashed, "bob")
    with started(tmp_path / "a") as again:
        after_restart = steps(again, "alice"), steps(again, "bob")

    assert before == (2, 1)
    assert count == 1
    assert after == after_crash == after_restart == (0, 1)


def test_an_exporter_that_does_not_run_does_it_when_it_starts(tmp_path: Path) -> None:
    """The request waits for it."""
    with started(tmp_path / "a") as first:
        call(first, "alice", 1)
        before = steps(first, "alice")

    count = forget_used(tmp_path / "a", alice(), 0)
    with started(tmp_path / "a") as second:
        used = steps(second, "alice")

    assert before == 1
    assert count is None
    assert used == 0
