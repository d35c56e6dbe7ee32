"""Whether the rules that Prometheus and Loki run are those of the files."""

from collections.abc import Mapping, Sequence

import httpx

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.engines.rules import LOKI, PROMETHEUS, RunningRules
from watchkeeper.errors import JobError
from watchkeeper.serving.differences import DifferenceReport

# Prometheus looks for changed files every 30 seconds, Loki's ruler every minute.
_INTERVAL_SECONDS = 60.0
# The first look asks for the spelling of every expression, some hundred requests; a busy engine takes seconds for them.
_DEADLINE_SECONDS = 45.0
_ANSWER_SECONDS = 10.0

# The places that differ, or what kept a component from answering.
Found = Sequence[str] | Exception


def rules_in_force(parts: Parts) -> Job:
    """Return the job; it has nothing to do where no folder of rules is named."""
    look = RulesInForce(parts).look
    return Job(name="rules_in_force", schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=look)


class RulesInForce:
    """Sets how many places differ, by component; no sample while a component, or its files, cannot be read."""

    def __init__(self, parts: Parts) -> None:
        self._report = DifferenceReport(parts.store)
        self._client = parts.client
        self._urls = parts.config.dependencies
        self._rules = {
            judge.component: RunningRules(judge, folder, self._ask)
            for judge in (PROMETHEUS, LOKI)
            if (folder := parts.config.rules_dirs.get(judge.component)) and judge.component in self._urls
        }

    async def look(self) -> None:
        """Ask every component.

        Raises: JobError with one part for each component that could not be asked; the others were.
        """
        found = await in_thread(self._find)
        failed = []
        for component, places in found.items():
            if isinstance(places, Exception):
                self._report.forget(component)
                failed.append(f"{component}: {_reason(places)}")
            else:
                self._report.report(component, places)
        if failed:
            raise JobError(", ".join(failed))

    def _find(self) -> Mapping[str, Found]:
        return {component: _differences(rules) for component, rules in self._rules.items()}

    def _ask(self, component: str, path: str) -> httpx.Response:
        return self._client.get(f"{self._urls[component]}{path}", timeout=_ANSWER_SECONDS).raise_for_status()


def _differences(rules: RunningRules) -> Found:
    try:
        return rules.differences()
    except (httpx.HTTPError, ValueError, LookupError, OSError) as problem:
        return problem


def _reason(problem: Exception) -> str:
    if isinstance(problem, httpx.HTTPStatusError):
        return f"answers {problem.response.status_code}"
    return type(problem).__name__
