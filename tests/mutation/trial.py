"""Run the cases of promtool on rules that are wrong in one place: whoever passes has survived."""

import os
import queue
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from tests.mutation.rules import ROOT, Mutant, Rule, printed
from tests.support.rule_cases import Groups, only_needed, read_case, rules_read_by, write_alone

from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant: no case failed, so no one would notice the error."""

    mutant: Mutant
    has_survived: bool


class Trial:
    """Asks promtool about wrong rules, several at a time; each has a folder of its own for what it is given."""

    def __init__(self, prometheus: Path, promtool: Path, work: Path) -> None:
        processes = os.cpu_count() or 1
        self._prometheus = prometheus
        self._promtool = promtool
        self._folders: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(processes):
            (work / str(number)).mkdir(parents=True)
            self._folders.put(work / str(number))
        self._pool = ThreadPoolExecutor(processes)

    def unsound(self, rules: Iterable[Rule]) -> list[Path]:
        """Return the files that must notice and fail without any error; each is asked once."""
        cases = sorted({case for rule in rules for case in self.cases_of(rule)})
        return [case for case, holds in zip(cases, self._pool.map(self._is_sound, cases), strict=True) if not holds]

    def judge(self, mutants: Iterable[Mutant]) -> Iterator[Verdict]:
        """Yield a verdict on each mutant, in their order."""
        return self._pool.map(self._judge, mutants)

    def cases_of(self, rule: Rule) -> list[Path]:
        """The files that must notice: an alert's own; for a recorded number those about such that read its rule."""
        folder = self._prometheus / "tests"
        if rule.is_alert:
            own = (folder / f"{rule.name}.yml", folder / f"goes_on_{rule.name}.yml")
            return [file for file in own if file.is_file()]
        about = folder.glob("recording*.yml")
        return sorted(file for file in about if self._prometheus / rule.file in rules_read_by(file))

    def _judge(self, mutant: Mutant) -> Verdict:
        folder = self._folders.get()
        try:
            passes = all(self._passes(case, mutant, folder) for case in self.cases_of(mutant.rule))
        finally:
            self._folders.put(folder)
        return Verdict(mutant=mutant, has_survived=passes)

    def _is_sound(self, case: Path) -> bool:
        folder = self._folders.get()
        try:
            rules = {file: printed(groups) for file, groups in rules_read_by(case).items()}
            alone = write_alone(case, only_needed(read_case(case)["tests"], rules), folder)
            return all(self._holds(alone, test["name"]) for test in read_case(case)["tests"])
        finally:
            self._folders.put(folder)

    def _passes(self, case: Path, mutant: Mutant, folder: Path) -> bool:
        """Whether every test of a file passes that is on the rule; the first that fails ends it."""
        rules = self._with(mutant, rules_read_by(case))
        for test in read_case(case)["tests"]:
            needed = only_needed([test], rules)
            on_it = any(
                rule is mutant.body for groups in needed.values() for group in groups for rule in group["rules"]
            )
            if on_it and not self._holds(write_alone(case, needed, folder), test["name"]):
                return False
        return True

    def _with(self, mutant: Mutant, rules: Mapping[Path, Groups]) -> dict[Path, Groups]:
        """The rules of a case, with the error."""
        file = self._prometheus / mutant.rule.file
        groups = [{**group, "rules": [*group["rules"]]} for group in rules[file]]
        groups[mutant.rule.group]["rules"][mutant.rule.place] = mutant.body
        return {**rules, file: groups}

    def _holds(self, file: Path, test: str) -> bool:
        command = [str(self._promtool), "test", "rules", f"--run=^{re.escape(test)}$", str(file)]
        # One for each processor: promtool would use all of them by itself.
        environ = {**os.environ, "GOMAXPROCS": "1"}
        return subprocess.run(command, capture_output=True, env=environ, check=False).returncode == 0


def promtool() -> Path:
    """The pinned promtool, obtained first where it is missing."""
    with Progress(Console(stderr=True)) as progress:
        return obtain_all(ROOT, environ=os.environ, progress=progress)["prometheus"].programs["promtool"]
