"""Run the cases of promtool on rules that are wrong in one place: whoever passes has survived."""

import os
import queue
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rich.console import Console
from tests.mutation.rules import ROOT, Mutant, Rule, read_rules

from watchkeeper.standalone.obtain import obtain_all
from watchkeeper.standalone.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant: no case failed, so nobody would notice the mistake."""

    mutant: Mutant
    has_survived: bool


class Trial:
    """Copies of prometheus/, one for each process of promtool that runs at a time."""

    def __init__(self, prometheus: Path, promtool: Path, work: Path, *, processes: int = 2) -> None:
        self._prometheus = prometheus
        self._promtool = promtool
        self._copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(processes):
            self._copies.put(_plain_copy(prometheus, work / str(number)))
        self._pool = ThreadPoolExecutor(processes)

    def judge(self, mutants: Iterable[Mutant]) -> Iterator[Verdict]:
        """Yield a verdict on each mutant, in their order."""
        return self._pool.map(self._judge, mutants)

    def cases_of(self, rule: Rule) -> list[Path]:
        """The files that must notice: an alert's own; for a recorded number every file that reads its rule."""
        folder = self._prometheus / "tests"
        if rule.is_alert:
            return [file for file in (folder / f"{rule.name}.yml",) if file.is_file()]
        reading = [file for file in folder.glob("*.yml") if _reads(file, rule.file)]
        return sorted(reading, key=lambda file: (not file.stem.startswith("recording"), file.stat().st_size, file))

    def _judge(self, mutant: Mutant) -> Verdict:
        copy = self._copies.get()
        try:
            with _mistaken(copy, mutant):
                passes = all(self._passes(copy / "tests" / file.name) for file in self.cases_of(mutant.rule))
        finally:
            self._copies.put(copy)
        return Verdict(mutant=mutant, has_survived=passes)

    def _passes(self, file: Path) -> bool:
        command = [str(self._promtool), "test", "rules", str(file)]
        # Two at a time on whatever machine: promtool would use every processor by itself.
        environ = {**os.environ, "GOMAXPROCS": "1"}
        return subprocess.run(command, capture_output=True, env=environ, check=False).returncode == 0


def _plain_copy(prometheus: Path, target: Path) -> Path:
    shutil.copytree(prometheus, target)
    for file in (target / "rules").rglob("*.yml"):
        _write(file, read_rules(file))
    return target


@cache
def _reads(case: Path, rules: Path) -> bool:
    patterns = yaml.safe_load(case.read_text(encoding="utf-8"))["rule_files"]
    return any(rules.match(str(pattern).removeprefix("../")) for pattern in patterns)


@contextmanager
def _mistaken(copy: Path, mutant: Mutant) -> Iterator[None]:
    """Let the copy have the mistake for a while."""
    file = copy / mutant.rule.file
    right = file.read_text(encoding="utf-8")
    content = yaml.safe_load(right)
    content["groups"][mutant.rule.group]["rules"][mutant.rule.place] = mutant.body
    _write(file, content)
    try:
        yield
    finally:
        file.write_text(right, encoding="utf-8")


def _write(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False, width=10_000), encoding="utf-8")


def promtool() -> Path:
    """The pinned promtool, obtained first where it is missing."""
    with Progress(Console(stderr=True)) as progress:
        return obtain_all(ROOT, environ=os.environ, progress=progress)["prometheus"].programs["promtool"]
