"""Whether the cases of promtool notice mistakes in the rules.

``python -m tests.mutation`` tries all alerts, ``python -m tests.mutation NAME …`` some rules by name, recorded numbers
too, and ``python -m tests.mutation --changed`` those whose file or whose cases differ from origin/main. Where nobody
knows what differs it tries a share of the mistakes in alerts; the commit decides which.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from tests.mutation.changes import changed_files, commit_number
from tests.mutation.rules import PROMETHEUS, ROOT, Mutant, Rule, all_rules, mutants
from tests.mutation.score import Score
from tests.mutation.trial import Trial, promtool

_CHANGED = ["--changed"]
# One mistake in so many where nobody knows what changed: a minute or two.
_SHARE = 10


def main(arguments: list[str]) -> int:
    """Try the rules that the arguments ask for; 0 when every mistake is noticed."""
    console = Console(width=100, highlight=False)
    with tempfile.TemporaryDirectory() as work:
        trial = Trial(PROMETHEUS, promtool(), Path(work))
        if arguments != _CHANGED:
            asked = (rule for rule in all_rules() if (rule.name in arguments if arguments else rule.is_alert))
            return _try(list(asked), trial, console)
        changed = changed_files(ROOT)
        if changed is None:
            return _try_share(trial, console)
        rules = [rule for rule in all_rules() if changed & {PROMETHEUS / rule.file, *trial.cases_of(rule)}]
        if not rules:
            console.print("No rule has changed.")
            return 0
        return _try(rules, trial, console)


def _try(rules: Sequence[Rule], trial: Trial, console: Console) -> int:
    """Try every mistake of these rules, once it is known that their cases pass without any."""
    if not rules:
        console.print("There is no such rule.")
        return 2
    if failing := trial.unsound(rules):
        names = ", ".join(case.name for case in failing)
        console.print(f"Cases that fail without any mistake: {names}", style="red")
        return 1
    score = _judged((mutant for rule in rules for mutant in mutants(rule)), trial, console)
    score.show_outdated(console)
    return 1 if score.survivors or score.outdated() else 0


def _try_share(trial: Trial, console: Console) -> int:
    """Try some mistakes of the alerts; whether all entries of the table are needed, only all of them could tell."""
    console.print(f"This clone does not know what has changed: one mistake in {_SHARE} is tried, over all alerts.")
    score = _judged(_share(commit_number(ROOT)), trial, console)
    return 1 if score.survivors else 0


def _share(number: int) -> Iterator[Mutant]:
    every = (mutant for rule in all_rules() if rule.is_alert for mutant in mutants(rule))
    return (mutant for place, mutant in enumerate(every) if place % _SHARE == number % _SHARE)


def _judged(tried: Iterator[Mutant], trial: Trial, console: Console) -> Score:
    score = Score()
    for verdict in trial.judge(tried):
        score.add(verdict, console)
    score.show(console)
    return score


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
