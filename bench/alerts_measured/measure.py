"""Services side by side in one Prometheus, day by day: samples in, rules over them, alerts asked minute by minute."""

import re
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from alerts_measured.calls import simulate
from alerts_measured.faults import Planted
from alerts_measured.outcome import Measured, found, is_of, messages
from alerts_measured.rules import Firing, Watch, read
from alerts_measured.shapes import MINUTES_A_DAY, Array, Service
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
    limits = [labels for service in plan for labels in _limits(service)]
    minutes = max(service.days for service in plan) * MINUTES_A_DAY
    recorder, watch, began = Recorder(recordings), Watch(alerts), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="alerts-measured-") as folder, running(program, Path(folder)) as store:
        for first, last in spans(minutes, MINUTES_A_DAY):
            _write(store, series, limits, first, last)
            recorder.record(store, first, last)
            watch.ask(store, first, last)
            print(f"day {first // MINUTES_A_DAY}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    fired = list(watch.fired())
    return [_measured(service, plan[service], fired, calls[service.name]) for service in plan]


def _measured(service: Service, faults: Sequence[Planted], fired: Sequence[Firing], calls: Array) -> Measured:
    own = [one for one in fired if is_of(one, service)]
    return Measured(
        kind=service.kind,
        calls_a_day=service.calls_a_day,
        dollars_a_day=service.dollars_a_day,
        days=service.days,
        messages=messages(own),
        found=tuple(found(planted, own, calls) for planted in faults),
    )


def _write(store: Store, series: _All, limits: Sequence[Labels], first: int, last: int) -> None:
    """A day of samples; a service that ended has none."""
    minutes = np.arange(first, last + 1)
    store.write(
        (labels, minutes[: values.size - first], values[first : last + 1])
        for labels, values in series
        if values.size > first
    )
    limit_of = {limit.alert: limit.default for limit in ALERT_LIMITS}
    store.write((labels, minutes, np.full(minutes.size, limit_of[labels["alert"]])) for labels in limits)


def _limits(service: Service) -> list[Labels]:
    return [
        {
            "__name__": "llm_alert_threshold",
            "alert": limit.alert,
            "service": service.name if limit.is_per_service else "",
        }
        for limit in ALERT_LIMITS
        if limit.alert in ALERTS and limit.default is not None
    ]
