"""Why the numbers moved that alerts are about: one line and the largest causes, for each service whose alert is active.

Alerts that are pending are explained too, so that the first notification has the line.
"""

import time
from collections.abc import Iterable, Sequence

from watchkeeper.analyzer.explained.gauges import ExplanationGauges, Key, Line
from watchkeeper.analyzer.explained.windows import EXPLAINED, windows_of
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.engines.windows import ActiveAlert, PastCalls
from watchkeeper.errors import EngineError, JobError
from watchkeeper.explain.changes import Change, new_or_grown
from watchkeeper.explain.explanation import Explanation, Verdict, Windows, explain
from watchkeeper.explain.sentence import cause_without_values, largest, sentence, with_changes
from watchkeeper.model.drill import is_drill

# Shorter than any alert is pending, with a little for the scrape and the evaluation.
_INTERVAL_SECONDS = 30.0
_DEADLINE_SECONDS = 25.0
# What has not been asked by then waits for the next run; the last of them takes up to four answers.
_BUDGET_SECONDS = 8.0
_ANSWER_SECONDS = 4.0
# Series of explanations: one and up to three causes each.
_MOST_ALERTS = 50
# Figures of the same causes change with every call: a new line each time would be a new series each time.
_KEPT_SECONDS = 900.0
# Prometheus refuses a scrape with a longer label (label_value_length_limit of prometheus.yml is 1024 bytes).
_MOST_BYTES = 1_000


def explanations(parts: Parts) -> Job:
    """Return the job; it has nothing to do where no Prometheus is named."""
    run = Explanations(parts).run
    return Job(name="explanations", schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=run)


class Explanations:
    """Sets a line and the shares of causes by alert and service; none for alerts that are not active."""

    def __init__(self, parts: Parts) -> None:
        url = parts.config.dependencies.get("prometheus", "")
        self._past = PastCalls(parts.client, url, _ANSWER_SECONDS) if url else None
        self._gauges = ExplanationGauges(parts.store)
        self._lines: dict[Key, Line] = {}

    async def run(self) -> None:
        """Explain what alerts are about, the longest unexplained first.

        Raises: JobError when Prometheus does not answer; what was said stays.
        """
        try:
            await in_thread(self._explain_all)
        except EngineError as error:
            raise JobError(str(error)) from error

    def _explain_all(self) -> None:
        if self._past is None:
            return
        now = time.time()
        active = [alert for alert in self._past.active_alerts(list(EXPLAINED), now) if not is_drill(alert.service)][
            :_MOST_ALERTS
        ]
        self._forget({(alert.name, alert.service) for alert in active})
        started = time.monotonic()
        failed: list[str] = []
        for alert in sorted(active, key=self._explained_at):
            if time.monotonic() - started > _BUDGET_SECONDS:
                break
            try:
                self._say((alert.name, alert.service), self._explained(self._past, alert, now))
            except EngineError as error:
                failed.append(str(error))
        if failed:
            raise EngineError(f"{failed[0]} ({len(failed)} alerts not explained)")

    def _explained(self, past: PastCalls, alert: ActiveAlert, now: float) -> Line:
        """The change that an alert is about; compared with the first window that has calls."""
        measure = EXPLAINED[alert.name].measure
        for before, after in windows_of(EXPLAINED[alert.name], alert.since, now):
            samples = past.samples(measure.amounts, before, after, [alert.service])
            hours = Windows(before_hours=before.hours, after_hours=after.hours)
            found = explain(measure, samples, hours)
            if found.verdict is not Verdict.ONLY_AFTER:
                break
        # Where there was nothing before, everything is new.
        return _line(found, list(new_or_grown(samples)) if found.before is not None else [], now)

    def _explained_at(self, alert: ActiveAlert) -> float:
        line = self._lines.get((alert.name, alert.service))
        return line.at if line else 0.0

    def _say(self, key: Key, line: Line) -> None:
        """Say it, unless it is what was said lately with other figures."""
        known = self._lines.get(key)
        if known and known.says_the_same(line) and line.at - known.at < _KEPT_SECONDS:
            return
        self._gauges.set(key, known, line)
        self._lines[key] = line

    def _forget(self, active: set[Key]) -> None:
        for key in self._lines.keys() - active:
            self._gauges.drop(key, self._lines.pop(key))


def _line(found: Explanation, changes: Sequence[Change], now: float) -> Line:
    text = _bounded(with_changes(sentence(found), changes))
    return Line(text=text, at=now, shares=dict(_shares(found)), changes=frozenset(one.what for one in changes))


def _shares(found: Explanation) -> Iterable[tuple[str, float]]:
    """The largest causes of a change that is more than chance, without their figures."""
    if found.verdict not in (Verdict.EXPLAINED, Verdict.UNEXPLAINED):
        return
    for one in largest(found):
        yield _bounded(cause_without_values(one)), one.amount / found.change


def _bounded(text: str) -> str:
    return text.encode()[:_MOST_BYTES].decode(errors="ignore")
