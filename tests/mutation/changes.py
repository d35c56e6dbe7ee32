"""Which files a change touched, as git knows it: in a clone that ends at its newest commit, no one knows."""

import subprocess
from pathlib import Path


def changed_files(root: Path) -> set[Path] | None:
    """Return what differs from where this branch left origin/main; on main itself, from the commit before.

    None where that cannot be known: the clone has no history, or there is no git at all.
    """
    base = _base(root)
    if base is None:
        return None
    names = f"{_git(root, 'diff', '--name-only', base)}\n{_git(root, 'ls-files', '--others', '--exclude-standard')}"
    return {root / name for name in names.splitlines() if name}


def commit_number(root: Path) -> int:
    """Return a number that is another one after the next commit."""
    return int(_git(root, "rev-parse", "HEAD")[:8] or "0", 16)


def _base(root: Path) -> str | None:
    head, left = _git(root, "rev-parse", "HEAD"), _git(root, "merge-base", "HEAD", "origin/main")
    if left and left != head:
        return left
    return _git(root, "rev-parse", "--verify", "HEAD~1") or None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
