"""What lies where is what docs/architecture.md says; and what the tests start writes elsewhere."""

import subprocess

import pytest
from tests.support.documents import ROOT
from tests.support.layout import PAGE, Layout, left_behind, misplaced, missing, read_layout

LAYOUT = read_layout((ROOT / PAGE).read_text(encoding="utf-8"))
SMALL: Layout = {"docs": [".md"], "LICENSE": []}


@pytest.fixture(scope="module")
def committed() -> list[str]:
    """Every file that git knows and that is still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [file for file in listed.stdout.split("\0") if file and (ROOT / file).exists()]


def test_every_file_has_its_place(committed: list[str]) -> None:
    """A file that a program left behind is not committed by accident."""
    problems = list(misplaced(committed, LAYOUT))

    assert not problems, "\n".join(problems)


def test_every_place_has_files(committed: list[str]) -> None:
    """The table names nothing that went."""
    problems = list(missing(committed, LAYOUT))

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        pytest.param(
            "index/index_20778/1-vm-1.tsdb.gz",
            "index/index_20778/1-vm-1.tsdb.gz: index has no row in docs/architecture.md",
            id="a folder that no one wrote down",
        ),
        pytest.param("notes.txt", "notes.txt: notes.txt has no row", id="a file at the top"),
        pytest.param(
            "docs/index_20778/1.tsdb.gz",
            "docs/index_20778/1.tsdb.gz: .gz must be among the kinds of docs in docs/architecture.md",
            id="a kind of file that does not belong there",
        ),
        pytest.param("docs/core", "docs/core: core must be among the kinds of docs", id="a file without an ending"),
    ],
)
def test_what_has_no_place_is_refused(file: str, problem: str) -> None:
    """The sentence names the file and what to do."""
    (refusal,) = misplaced(["LICENSE", "docs/a/b.md", file], SMALL)

    assert problem in refusal


def test_a_row_about_nothing_is_refused() -> None:
    """The sentence names the row."""
    (refusal,) = missing(["docs/a.md"], SMALL)

    assert refusal == "docs/architecture.md: LICENSE must exist, got no committed file"


def test_what_tests_leave_in_the_root_is_noticed() -> None:
    """Neither what was there before, nor a cache, nor a place of the project; everything else."""
    before, after = [".git", "mine.txt"], [".git", "mine.txt", ".pytest_cache", "docs", "index", "fake"]

    assert left_behind(before, after, SMALL) == ["fake", "index"]
