"""Services side by side in one Prometheus, week by week: samples in, rules over them, alerts asked minute by minute."""

import re
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from docs.reference.measured_figures import Measured, Message, Observed

from alerts_measured.calls import simulate
from alerts_measured.faults import Planted
from alerts_measured.notify import notifications
from alerts_measured.odd import Odd, up
from alerts_measured.outcome import escalated, found, is_of, messages
from alerts_measured.rules import Firing, Watch, read
from alerts_measured.shapes import MINUTES_A_DAY, MINUTES_A_WEEK, Array, Service
from alerts_measured.store import Labels, Store, running
from watchkeeper.config.thresholds import ALERT_LIMITS
from watchkeeper.operator.history.recorder import Recorder, spans

ALERTS = (
    "LLMProviderOutage", "LLMErrorRateHigh", "LLMRateLimited", "LLMTimeoutsHigh", "LLMRetriesHigh",
    "LLMLatencyHigh", "LLMLatencyUp", "LLMCostSpike", "LLMDailyCostHigh", "LLMCostPerRequestUp", "LLMSpenderOutOfLine",
    "LLMTokensPerRequestUp", "LLMTrafficUp", "LLMTrafficStopped", "LLMScoresStopped", "LLMScoreDropped",
    "LLMFeedbackNegative", "LLMBranchShareShifted", "LLMHumanReviewShifted", "LLMToolFailuresUp",
)  # fmt: skip

_NAME = re.compile(r"[A-Za-z_:][\w:]*")

Plan = Mapping[Service, Sequence[Planted]]
_All = list[tuple[Labels, Array]]


def measure(plan: Plan, rules: Path, program: Path, names: Collection[str] = ALERTS) -> list[Measured]:
    """Simulate every service of the plan with its faults, and see what its alerts do."""
    recordings, alerts = read(rules, names)
    metrics = {name for rule in (*recordings, *alerts) for name in _NAME.findall(rule.expr)}
    series: _All = []
    calls: dict[str, Array] = {}
    for service, faults in plan.items():
        own = list(simulate(service, faults))
        calls[service.name] = sum(values for labels, values in own if labels["__name__"] == "llm_requests_total")
        series += [one for one in own if one[0]["__name__"] in metrics]
    limits = _limits(service.name for service in plan)
    minutes = max(service.days for service in plan) * MINUTES_A_DAY
    recorder, watch, began = Recorder(recordings), Watch(alerts), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="alerts-measured-") as folder, running(program, Path(folder)) as store:
        for first, last in spans(minutes, MINUTES_A_WEEK):
            _write(store, series, limits, first, last)
            recorder.record(store, first, last)
            watch.ask(store, first, last)
            print(f"week {first // MINUTES_A_WEEK}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    fired = list(watch.fired())
    return [_measured(service, plan[service], fired, calls[service.name]) for service in plan]


def observe(cases: Sequence[Odd], rules: Path, program: Path, names: Collection[str] = ALERTS) -> Iterator[Observed]:
    """What is reported of cases that one Prometheus can take, from the event of each on."""
    recordings, alerts = read(rules, names)
    of_each = [case.samples() for case in cases]
    samples, recorder, watch = [one for own in of_each for one in own], Recorder(recordings), Watch(alerts)
    limits = _limits(sorted({labels["service"] for labels, _ in samples}))
    with tempfile.TemporaryDirectory(prefix="alerts-measured-") as folder, running(program, Path(folder)) as store:
        for first, last in up(cases[0].days * MINUTES_A_DAY, cases[0].down):
            _write(store, samples, limits, first, last)
            recorder.record(store, first, last)
            watch.ask(store, first, last)
    fired = list(watch.fired())
    for case in cases:
        heard = notifications([one for one in fired if is_of(one, case.service)])
        yield Observed(
            title=case.title,
            messages=tuple(
                Message(one.alert, one.severity, one.minute - case.event) for one in heard if one.minute >= case.event
            ),
        )


def _measured(service: Service, faults: Sequence[Planted], fired: Sequence[Firing], calls: Array) -> Measured:
    own = [one for one in fired if is_of(one, service)]
    return Measured(
        kind=service.kind,
        calls_a_day=service.calls_a_day,
        dollars_a_day=service.dollars_a_day,
        days=service.days,
        messages=messages(own),
        found=tuple(found(planted, own, calls) for planted in faults),
        escalations=escalated(own),
    )


def _write(store: Store, series: _All, limits: Sequence[Labels], first: int, last: int) -> None:
    """A span of samples; a service that ended has none, and no minute has one that is NaN."""
    minutes = np.arange(first, last + 1)
    days = ((labels, minutes[: values.size - first], values[first : last + 1]) for labels, values in series)
    store.write(
        (labels, at[~np.isnan(day)], day[~np.isnan(day)]) for labels, at, day in days if not np.isnan(day).all()
    )
    limit_of = {limit.alert: limit.default for limit in ALERT_LIMITS}
    store.write((labels, minutes, np.full(minutes.size, limit_of[labels["alert"]])) for labels in limits)


def _limits(services: Iterable[str]) -> list[Labels]:
    """The limits of each service, and once those of all."""
    known = [limit for limit in ALERT_LIMITS if limit.alert in ALERTS and limit.default is not None]
    names = list(services)
    return [
        {"__name__": "llm_alert_threshold", "alert": limit.alert, "service": service}
        for limit in known
        for service in (names if limit.is_per_service else ("",))
    ]
