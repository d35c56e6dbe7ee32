"""Each secret gets the owner and the mode with which its reader in a container gets at it."""

import os
from pathlib import Path

import pytest

from watchkeeper.errors import OperationError
from watchkeeper.operator.doctor.secret_files import check_in_docker, mode_of
from watchkeeper.operator.operations.secret_access import give_access


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose owner alone may read its secrets."""
    (tmp_path / "secrets" / "caddy").mkdir(parents=True, mode=0o700)
    for name in ("slack_api_url", "caddy/logins"):
        (tmp_path / "secrets" / name).write_text("secret")
        (tmp_path / "secrets" / name).chmod(0o600)
    (tmp_path / "secrets").chmod(0o700)
    tmp_path.chmod(0o755)
    return tmp_path


def test_an_ordinary_user_opens_the_files_and_shuts_the_project(root: Path) -> None:
    """Alertmanager may read them then, and the doctor has nothing to say."""
    said = list(give_access(root, is_root=False))

    folder, file = root / "secrets", root / "secrets" / "slack_api_url"
    assert list(check_in_docker(mode_of(folder), {file.name: mode_of(file)})) == []
    assert mode_of(root / "secrets" / "caddy" / "logins").bits == 0o644
    assert mode_of(root).bits == 0o700
    assert f"{file}: mode 644 now" in said


def test_root_hands_each_file_to_its_reader(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alertmanager's to Alertmanager, Caddy's to Caddy, and to no one else."""
    given: dict[str, int] = {}
    monkeypatch.setattr(os, "chown", lambda path, uid, _: given.update({Path(path).name: uid}))

    list(give_access(root, is_root=True))

    assert given["slack_api_url"] == 65534
    assert given.get("logins", 0) == 0
    assert mode_of(root / "secrets" / "slack_api_url").bits == 0o400
    assert mode_of(root).bits == 0o755


def test_a_second_run_changes_nothing(root: Path) -> None:
    """What is right already is left alone and not reported."""
    list(give_access(root, is_root=False))

    assert list(give_access(root, is_root=False)) == []


def test_a_file_of_someone_else_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says which file, and who can do it."""

    def refused(path: Path, mode: int) -> None:
        raise PermissionError(1, f"Operation not permitted ({mode:o})", str(path))

    monkeypatch.setattr(Path, "chmod", refused)

    with pytest.raises(OperationError, match=r"secrets: must be yours, run this as its owner or as root"):
        list(give_access(root, is_root=False))
