"""The contracts of watchkeeper.yml over past runs: what they say of them, and what would have alerted."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.config.schema import Threshold
from watchkeeper.contracts.alerting import FEWEST, OTHERS, alert_of
from watchkeeper.contracts.evaluator import Evaluator, Verdict, signals_of
from watchkeeper.contracts.finding import Finding, Signal
from watchkeeper.model import Trace

_HOUR_NS = 3_600 * 10**9


@dataclass(slots=True)
class Outcome:
    """What one contract says of the past: runs by result, findings by type and tool, runs not evaluated by reason."""

    results: Counter[str] = field(default_factory=Counter)
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict; of a run each type and tool once."""
        self.results[verdict.result] += 1
        self.findings.update({(one.type, one.tool) for one in verdict.findings})
        if verdict.reason:
            self.reasons[verdict.reason] += 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Alerted:
    """An alert that would have fired, in how many hours, and the first of them (nanoseconds)."""

    alert: str
    service: str
    agent: str
    type: str
    tool: str
    hours: int
    first_ns: int


def outcomes(evaluator: Evaluator, runs: Sequence[Trace], names: Sequence[str]) -> Mapping[str, Outcome]:
    """By contract, also for those that are about no run."""
    found = {name: Outcome() for name in names}
    for _, verdicts in evaluated(evaluator, runs):
        for verdict in verdicts:
            found[verdict.contract].add(verdict)
    return found


def evaluated(evaluator: Evaluator, runs: Sequence[Trace]) -> Iterator[tuple[Trace, list[Verdict]]]:
    """Each run with what the contracts say of it; what a service reported in any of them it can report."""
    signals: dict[str, frozenset[Signal]] = defaultdict(frozenset)
    for run in runs:
        signals[run.context.service] |= signals_of(run)
    for run in runs:
        yield run, evaluator.verdicts(run, signals[run.context.service])


def alerts(evaluator: Evaluator, runs: Sequence[Trace], limits: Mapping[str, Threshold]) -> list[Alerted]:
    """What would have fired, looked at by whole hours; Prometheus looks at the last hour of every minute."""
    # LLMSilentFailures is about the runs of a service, the others are about those of the agent.
    whole: Counter[tuple[int, str, str]] = Counter()
    counted: Counter[tuple[int, str, str, str, str, str]] = Counter()
    for run, verdicts in evaluated(evaluator, runs):
        hour, service, agent = run.context.time_ns // _HOUR_NS, run.context.service, run.context.agent
        whole.update(((hour, service, agent), (hour, service, OTHERS)))
        failures = {_failure(one) for verdict in verdicts for one in verdict.findings}
        counted.update((hour, alert, service, agent, kind, tool) for alert, kind, tool in failures)
    hours: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(list)
    for (hour, alert, service, agent, kind, tool), count in counted.items():
        share = count / whole[hour, service, OTHERS if alert == OTHERS else agent]
        limit = _limit(limits[alert], service)
        if limit is not None and count >= FEWEST[alert] and share > limit:
            hours[alert, service, agent, kind, tool].append(hour)
    return sorted(
        Alerted(
            alert=alert,
            service=service,
            agent=agent,
            type=kind,
            tool=tool,
            hours=len(found),
            first_ns=min(found) * _HOUR_NS,
        )
        for (alert, service, agent, kind, tool), found in hours.items()
    )


def _failure(finding: Finding) -> tuple[str, str, str]:
    """Alert, type, and the tool where the alert names it."""
    alert = alert_of(finding.type)
    return alert, finding.type, "" if alert == OTHERS else finding.tool


def _limit(threshold: Threshold, service: str) -> float | None:
    return threshold.services.get(service, threshold.default)
