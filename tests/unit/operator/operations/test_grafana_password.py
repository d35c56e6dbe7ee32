"""A new password goes into the volume and into Grafana, and never through an argument."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations import grafana_password
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.commands import Outcome


def answering(monkeypatch: pytest.MonkeyPatch, code: int) -> list[str]:
    """Let docker answer with a code; what it is asked is remembered."""
    asked: list[str] = []

    def ask(command: Sequence[str], *, timeout_seconds: float) -> Outcome:
        assert timeout_seconds > 0
        asked.append(" ".join(command))
        return Outcome(code=code, output="", last_lines=("no such container",) if code else ())

    monkeypatch.setattr(grafana_password, "ask", ask)
    monkeypatch.setattr(compose, "read_file", lambda *_: b"new-password")
    return asked


def test_the_password_is_made_in_a_container_and_reported_to_grafana(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file first, then the database, which reads the file; no command bears the password."""
    asked = answering(monkeypatch, 0)

    password = grafana_password.reset_password(Path("/project"))

    assert password == "new-password"
    assert ["new-password" in asked[0].split()[-1], "--password-from-stdin" in asked[1]] == [True, True]
    assert " new-password" not in asked[1]


def test_a_refusal_says_what_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is locked out must know which password is active."""
    answering(monkeypatch, 1)

    with pytest.raises(OperationError, match=r"Grafana has its old password: .* no such container"):
        grafana_password.reset_password(Path("/project"))
