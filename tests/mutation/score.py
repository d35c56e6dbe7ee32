"""What the trial found, as tables for a person."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from tests.mutation.equivalents import EQUIVALENTS, Equivalent
from tests.mutation.rules import Mutant
from tests.mutation.trial import Verdict


@dataclass(slots=True)
class Count:
    """How many errors of one rule were tried, noticed, and are none."""

    tried: int = 0
    noticed: int = 0
    equivalent: int = 0


@dataclass(slots=True)
class Score:
    """Collects verdicts; every error must be noticed, unless it is in the table of equivalents."""

    equivalents: Sequence[Equivalent] = EQUIVALENTS
    counts: dict[str, Count] = field(default_factory=dict)
    survivors: list[Mutant] = field(default_factory=list)
    met: set[Equivalent] = field(default_factory=set)

    def add(self, verdict: Verdict, console: Console) -> None:
        """Count one verdict; a survivor is shown at once, as a difference."""
        mutant = verdict.mutant
        count = self.counts.setdefault(mutant.rule.name, Count())
        count.tried += 1
        if not verdict.has_survived:
            count.noticed += 1
        elif equivalent := self._equivalent(mutant):
            count.equivalent += 1
            self.met.add(equivalent)
        else:
            self.survivors.append(mutant)
            console.print(f"\nSURVIVED {mutant.rule.name} (prometheus/{mutant.rule.file})", style="red", markup=False)
            console.print(f"  - {mutant.before}\n  + {mutant.after}", markup=False, soft_wrap=True)

    def outdated(self) -> list[Equivalent]:
        """Entries of the table, of rules that were tried, that no surviving mutant needs."""
        tried = [entry for entry in self.equivalents if fnmatch.filter(self.counts, entry.rule)]
        return [entry for entry in tried if entry not in self.met]

    def show(self, console: Console) -> None:
        """Print one line for each rule."""
        table = Table("rule", "noticed", "tried", "equivalent", box=None)
        for name, count in self.counts.items():
            style = "green" if count.noticed + count.equivalent == count.tried else "red"
            table.add_row(name, str(count.noticed), str(count.tried), str(count.equivalent or ""), style=style)
        every = self.counts.values()
        noticed, tried = sum(count.noticed for count in every), sum(count.tried for count in every)
        table.add_row("all", str(noticed), str(tried), str(sum(count.equivalent for count in every)), style="bold")
        console.print(table)

    def show_outdated(self, console: Console) -> None:
        """Print what is in the table of equivalents and need not."""
        for entry in self.outdated():
            console.print(f"\nNOT NEEDED in equivalents.py: {entry}", style="red", markup=False)

    def _equivalent(self, mutant: Mutant) -> Equivalent | None:
        for entry in self.equivalents:
            if fnmatch.fnmatch(mutant.rule.name, entry.rule) and entry[1:3] == (mutant.before, mutant.after):
                return entry
        return None
