"""Which secrets cannot be read, by whom, and what is done about it."""

from pathlib import Path

import pytest

from watchkeeper.operator.doctor.finding import Grade
from watchkeeper.operator.doctor.secret_files import (
    Mode,
    check_content,
    check_here,
    check_in_docker,
    files_below,
    summed_up,
    wanted_names,
)

PROJECT = Path(__file__).resolve().parents[4]
OPEN = Mode(uid=1000, gid=1000, bits=0o755)


@pytest.mark.parametrize(
    ("folder", "file", "is_wrong"),
    [
        (OPEN, Mode(uid=1000, gid=1000, bits=0o644), False),
        (OPEN, Mode(uid=1000, gid=1000, bits=0o600), True),
        (OPEN, Mode(uid=65534, gid=1000, bits=0o400), False),
        (OPEN, Mode(uid=1000, gid=0, bits=0o640), False),
        (OPEN, Mode(uid=65534, gid=0, bits=0o044), True),
        (Mode(uid=1000, gid=1000, bits=0o700), Mode(uid=1000, gid=1000, bits=0o644), True),
    ],
    ids=["for all", "for its owner", "its own", "of its group", "own, but not for the owner", "folder shut"],
)
def test_alertmanager_may_read_it(folder: Mode, file: Mode, is_wrong: bool) -> None:
    """As uid 65534 of group 0, by owner, group or others, whichever comes first."""
    found = list(check_in_docker(folder, {"slack_api_url": file}))

    assert bool(found) is is_wrong
    assert all(item.grade is Grade.WRONG and "make secrets" in item.fix for item in found)


def test_the_file_is_named() -> None:
    """Who has five secrets must not guess."""
    (found,) = check_in_docker(OPEN, {"slack_api_url": Mode(uid=1000, gid=1000, bits=0o600)})

    assert found.message.startswith("slack_api_url (mode 600)")


def test_empty_and_unknown_files_are_reported(tmp_path: Path) -> None:
    """A typing error in a name would otherwise be a receiver that is silently off."""
    (tmp_path / "slack_url").write_text("https://hooks.slack.com/services/x")
    (tmp_path / "smtp_password").touch()
    (tmp_path / "README.md").write_text("no secret")

    found = {item.message: item.grade for item in check_content(tmp_path, ["slack_api_url", "smtp_password"])}

    assert found == {
        "slack_url is a name that nothing looks for": Grade.WARNING,
        "smtp_password is empty": Grade.WRONG,
    }


def test_local_processes_read_as_the_user(tmp_path: Path) -> None:
    """What is there can be read; what is not there is no error."""
    (tmp_path / "slack_api_url").write_text("x")

    assert list(check_here(tmp_path, ["slack_api_url", "smtp_password"])) == []


def test_a_folder_without_trouble_is_one_finding(tmp_path: Path) -> None:
    """Health is reported too."""
    assert [item.grade for item in summed_up([], 0)] == [Grade.FINE]
    assert list(files_below(tmp_path / "missing")) == []


def test_the_shipped_names_are_those_of_the_readme() -> None:
    """What alertmanager.yml looks for is what secrets/README.md lists."""
    readme = (PROJECT / "secrets" / "README.md").read_text()

    names = wanted_names(PROJECT, PROJECT / "watchkeeper.yml")

    assert "slack_api_url" in names
    assert all(f"`{name}`" in readme for name in names)
