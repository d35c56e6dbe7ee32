"""Whether the cases of promtool notice errors in the rules.

``python -m tests.mutation`` tries all rules, ``python -m tests.mutation NAME …`` some by name, and
``python -m tests.mutation --changed`` those whose file or whose cases differ from origin/main, or all where no one
knows what differs; of many errors it tries some, and the commit decides which.
"""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from tests.mutation.changes import changed_files, commit_number
from tests.mutation.rules import PROMETHEUS, ROOT, Mutant, Rule, all_rules, mutants
from tests.mutation.score import Score
from tests.mutation.share import share
from tests.mutation.trial import Trial, promtool

_CHANGED = ["--changed"]
# Two minutes on two cores.
_MOST = 200


def main(arguments: list[str]) -> int:
    """Try the rules that the arguments ask for; 0 when every error is noticed."""
    console = Console(width=100, highlight=False)
    with tempfile.TemporaryDirectory() as work:
        trial = Trial(PROMETHEUS, promtool(), Path(work))
        if arguments == _CHANGED:
            return _try_changed(trial, console)
        rules = [rule for rule in all_rules() if not arguments or rule.name in arguments]
        if not rules:
            console.print("There is no such rule.")
            return 2
        return _try_all(rules, trial, console)


def _try_changed(trial: Trial, console: Console) -> int:
    rules, changed = all_rules(), changed_files(ROOT)
    if changed is not None:
        rules = [rule for rule in rules if changed & {PROMETHEUS / rule.file, *trial.cases_of(rule)}]
    if not rules:
        console.print("No rule has changed.")
        return 0
    every = [mutant for rule in rules for mutant in mutants(rule)]
    some = share(every, _MOST, commit_number(ROOT))
    if len(some) == len(every):
        return _try_all(rules, trial, console)
    console.print(f"Of {len(every)} possible mistakes {len(some)} are tried.")
    # Whether all entries of the table of equivalents are needed, only all mutants could say.
    return 1 if _score(some, trial, console).survivors else 0


def _try_all(rules: Sequence[Rule], trial: Trial, console: Console) -> int:
    """Try every error of these rules, once it is known that their cases pass without any."""
    if failing := trial.unsound(rules):
        names = ", ".join(case.name for case in failing)
        console.print(f"Cases that fail without any mistake: {names}", style="red")
        return 1
    score = _score((mutant for rule in rules for mutant in mutants(rule)), trial, console)
    score.show_outdated(console)
    return 1 if score.survivors or score.outdated() else 0


def _score(tried: Iterable[Mutant], trial: Trial, console: Console) -> Score:
    score = Score()
    for verdict in trial.judge(tried):
        score.add(verdict, console)
    score.show(console)
    return score


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
