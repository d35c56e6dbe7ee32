"""Whether the cases of promtool notice mistakes in the rules.

``python -m tests.mutation`` tries all of them, ``python -m tests.mutation NAME …`` some rules by name, and
``python -m tests.mutation --changed`` those whose file or whose cases differ from origin/main.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from tests.mutation.rules import PROMETHEUS, ROOT, Rule, all_rules, mutants, unchanged
from tests.mutation.score import Score
from tests.mutation.trial import Trial, promtool

_CHANGED = ["--changed"]


def main(arguments: list[str]) -> int:
    """Try the rules that the arguments ask for; 0 when every mistake is noticed."""
    console = Console(width=100, highlight=False)
    with tempfile.TemporaryDirectory() as work:
        trial = Trial(PROMETHEUS, promtool(), Path(work))
        rules = _asked_for(arguments, trial)
        if not rules:
            console.print("No rule has changed." if arguments == _CHANGED else "There is no such rule.")
            return 0 if arguments == _CHANGED else 2
        judged = trial.judge(map(unchanged, rules))
        if failing := sorted({verdict.mutant.rule.name for verdict in judged if not verdict.has_survived}):
            console.print(f"Their cases fail without any mistake: {', '.join(failing)}", style="red")
            return 1
        score = Score()
        for verdict in trial.judge(mutant for rule in rules for mutant in mutants(rule)):
            score.add(verdict)
    score.show(console)
    return 1 if score.survivors or score.outdated() else 0


def _asked_for(arguments: list[str], trial: Trial) -> list[Rule]:
    rules = all_rules()
    if arguments == _CHANGED:
        changed = _changed_files()
        return [rule for rule in rules if changed & {PROMETHEUS / rule.file, *trial.cases_of(rule)}]
    return [rule for rule in rules if not arguments or rule.name in arguments]


def _changed_files() -> set[Path]:
    """Files that differ from where this branch left origin/main; on main itself, from the commit before."""
    head, left = _git("rev-parse", "HEAD"), _git("merge-base", "HEAD", "origin/main")
    base = left if left and left != head else "HEAD~1"
    names = f"{_git('diff', '--name-only', base)}\n{_git('ls-files', '--others', '--exclude-standard')}"
    return {ROOT / name for name in names.splitlines() if name}


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
