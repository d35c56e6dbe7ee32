"""What changed is known where there is history, and what is not known is not said to be nothing."""

import subprocess
from pathlib import Path

import pytest
from tests.mutation.changes import changed_files, commit_number


def git(folder: Path, *arguments: str) -> None:
    """Run git as someone whom no configuration of this machine knows."""
    names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, file: str) -> None:
    """Add a commit that touches one file."""
    (folder / file).write_text("changed")
    git(folder, "add", "-A")
    git(folder, "commit", "-m", file)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with two commits on main."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--initial-branch", "main")
    commit(folder, "first")
    commit(folder, "second")
    return folder


def cloned(origin: Path, *how: str) -> Path:
    """Clone it as someone does who has its address."""
    folder = origin.parent / "clone"
    git(origin.parent, "clone", *how, f"file://{origin}", str(folder))
    return folder


def test_on_main_the_last_commit_is_what_changed(origin: Path) -> None:
    """As CI sees it after a merge."""
    clone = cloned(origin)

    assert changed_files(clone) == {clone / "second"}


def test_on_a_branch_all_of_its_commits_are_what_changed(origin: Path) -> None:
    """Edits that are not committed count too, and files that git does not know yet."""
    clone = cloned(origin)
    git(clone, "checkout", "-b", "branch")
    commit(clone, "third")
    commit(clone, "fourth")
    (clone / "first").write_text("edited")
    (clone / "new").write_text("")

    assert changed_files(clone) == {clone / name for name in ("first", "third", "fourth", "new")}


def test_a_clone_of_depth_one_does_not_know(origin: Path) -> None:
    """Nothing would be tested, and no one would see it."""
    assert changed_files(cloned(origin, "--depth", "1")) is None


def test_without_git_no_one_knows(tmp_path: Path) -> None:
    """An unpacked archive."""
    assert changed_files(tmp_path) is None
    assert commit_number(tmp_path) == 0


def test_the_next_commit_has_another_number(origin: Path) -> None:
    """So that the share that is tried moves on."""
    before = commit_number(origin)

    commit(origin, "third")

    assert commit_number(origin) != before
