"""The short form of bench/alerts_measured.py: a week of two services, and its evaluation held against promtool."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from alerts_measured.calls import simulate
from alerts_measured.faults import FAULTS, Planted
from alerts_measured.measure import measure
from alerts_measured.notify import escalations
from alerts_measured.outcome import found as outcome
from alerts_measured.rules import Firing, Watch, read
from alerts_measured.shapes import MINUTES_A_DAY, Service
from alerts_measured.store import running
from docs.reference.measured_figures import Found, Measured
from tests.config.conftest import Run
from tests.support.programs import obtain_programs

from watchkeeper.operator.history.recorder import Recorder, spans

ROOT = Path(__file__).parents[2]
RULES = ROOT / "prometheus" / "rules"
SMALL = Service(kind="office", calls_a_day=40, dollars_a_day=40, days=5, seed=7)
LARGE = Service(kind="clock", calls_a_day=2_000, dollars_a_day=100, days=5, seed=7)
FAULT = {fault.title: fault for fault in FAULTS}


@pytest.fixture(scope="module")
def program() -> Path:
    """The pinned Prometheus."""
    return obtain_programs(ROOT)["prometheus"]


def on_friday(title: str) -> Planted:
    """A fault of three hours, on a day whose like is known."""
    return Planted(fault=FAULT[title], begins=4 * MINUTES_A_DAY + 600, ends=4 * MINUTES_A_DAY + 960)


@pytest.fixture(scope="module")
def measured(program: Path) -> list[Measured]:
    """A week in which all calls of the small service fail, and those of the large one cost three times as much."""
    plan = {SMALL: [on_friday("every call fails")], LARGE: [on_friday("cost per call 3 times")]}
    return measure(plan, RULES, program, ["LLMErrorRateHigh", "LLMCostSpike"])


def test_nothing_is_said_while_nothing_is_wrong(measured: list[Measured]) -> None:
    """Four days of office hours, hiccups, heavy tails and nights."""
    before = [message for one in measured for message in one.messages if message.minute < 4 * MINUTES_A_DAY]

    assert before == []


def found(measured: list[Measured], calls_a_day: int) -> Found:
    """What became of the fault of a service."""
    [one] = [one for one in measured if one.calls_a_day == calls_a_day]
    [fault] = one.found
    return fault


def test_total_failure_of_a_small_service_is_reported_within_ten_calls(measured: list[Measured]) -> None:
    """Forty calls a day, and once: the lower severity of the same alert is inhibited."""
    fault = found(measured, SMALL.calls_a_day)

    assert fault.calls is not None
    assert fault.calls <= 10
    assert fault.messages == ("LLMErrorRateHigh (critical)",)


def test_three_times_the_cost_is_reported_within_the_hour(measured: list[Measured]) -> None:
    """Four dollars an hour, eighty calls."""
    fault = found(measured, LARGE.calls_a_day)

    assert fault.delay is not None
    assert fault.delay <= 60
    assert fault.messages == ("LLMCostSpike (high)",)


@pytest.mark.parametrize(
    ("spells", "resolved"),
    [
        pytest.param([(700, 1000), (800, 990)], 40, id="the last of two, after the end of the fault"),
        pytest.param([(700, 750)], -210, id="before its end"),
        pytest.param([(700, 750), (961, 2000)], -210, id="what begins after its end is not about it"),
        pytest.param([(100, 599), (700, 970)], 10, id="nor is what ended before it began"),
        pytest.param([], None, id="no one was notified"),
    ],
)
def test_a_fault_is_resolved_when_the_last_alert_about_it_is(
    spells: list[tuple[int, int]], resolved: int | None
) -> None:
    """Minutes from the end of the fault, which lasts from 600 to 960."""
    planted = Planted(fault=FAULT["errors +10 points"], begins=600, ends=960)
    firings = [
        Firing(alert="LLMErrorRateHigh", severity="high", labels={"service": "bot"}, begins=begins, ends=ends)
        for begins, ends in spells
    ]

    assert outcome(planted, firings, np.arange(3000)).resolved == resolved


def test_alerts_fire_at_the_minutes_at_which_promtool_fires_them(program: Path, tmp_path: Path, run: Run) -> None:
    """A day of calls, half of which fail from ten o'clock on for three hours."""
    planted = Planted(fault=FAULT["errors +50 points"], begins=600, ends=780)
    service = Service(kind="clock", calls_a_day=2_000, dollars_a_day=100, days=1, seed=7)
    series = [one for one in simulate(service, [planted]) if one[0]["__name__"] == "llm_requests_total"]
    limit = {"__name__": "llm_alert_threshold", "alert": "LLMErrorRateHigh", "service": service.name}
    rules = _without_modifier(tmp_path / "rules")
    recordings, alerts = read(rules, ["LLMErrorRateHigh"])
    recorder, watch = Recorder(recordings), Watch(alerts)
    with running(program, tmp_path) as store:
        for first, last in spans(MINUTES_A_DAY, 300):
            minutes = np.arange(first, last + 1)
            store.write((labels, minutes, values[first : last + 1]) for labels, values in series)
            store.write([(limit, minutes, 0.05 + 0.0 * minutes)])
            recorder.record(store, first, last)
            watch.ask(store, first, last)
    spells = [(one.severity, one.begins, one.ends) for one in watch.fired()]

    case = _case(rules, [*series, (limit, [0.05] * MINUTES_A_DAY)], spells)
    (tmp_path / "case.yml").write_text(yaml.safe_dump(case, width=10**7))
    tested = run("promtool", "test", "rules", str(tmp_path / "case.yml"))

    assert {severity for severity, _, _ in spells} == {"critical", "high"}
    assert tested.returncode == 0, tested.stdout + tested.stderr


def _without_modifier(folder: Path) -> Path:
    """The rules as promtool's unit tests can run them, and nothing that no one needs here."""
    for name in ("recording/traffic.yml", "alerts/llm_errors.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text((RULES / name).read_text().replace("] anchored", "]"))
    return folder


def _case(rules: Path, series: list[Any], spells: list[tuple[str, int, int]]) -> dict[str, Any]:
    """What promtool must see: firing at the first and last minute of each spell, and not beside them."""
    expected = [
        (severity, minute, is_firing)
        for severity, begins, ends in spells
        for minute, is_firing in ((begins - 1, False), (begins, True), (ends, True), (ends + 1, False))
    ]
    return {
        "rule_files": [str(file) for file in sorted(rules.rglob("*.yml"))],
        "group_eval_order": ["llm_traffic", "llm_recent", "llm_error_alerts"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": _selector(labels), "values": " ".join(f"{value:g}" for value in values)}
                    for labels, values in series
                ],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertstate="firing",severity="{severity}"}})',
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": 1}] if is_firing else [],
                    }
                    for severity, minute, is_firing in expected
                ],
            }
        ],
    }


def _selector(labels: dict[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels['__name__']}{{{inside}}}"


@pytest.mark.parametrize(
    ("spells", "minutes"),
    [
        pytest.param([("high", 100, 129)], [], id="less than half an hour"),
        pytest.param([("high", 100, 130), ("high", 300, 400)], [130, 330], id="half an hour, each time"),
        pytest.param([("high", 100, 400), ("critical", 120, 200)], [231], id="critical by a rule of its own meanwhile"),
        pytest.param([("high", 100, 210), ("critical", 120, 200)], [], id="and resolved soon after that"),
        pytest.param([("high", 100, 400), ("critical", 300, 310)], [130], id="critical later"),
        pytest.param([("medium", 100, 400)], [], id="of another severity"),
    ],
)
def test_what_fires_for_half_an_hour_is_escalated(spells: list[tuple[str, int, int]], minutes: list[int]) -> None:
    """As AlertStillFiring does; the alert is of one service."""
    firings = [
        Firing(alert="LLMErrorRateHigh", severity=severity, labels={"service": "bot"}, begins=begins, ends=ends)
        for severity, begins, ends in spells
    ]

    assert [(one.severity, one.minute) for one in escalations(firings)] == [("critical", at) for at in minutes]


def test_what_another_alert_inhibits_is_not_escalated() -> None:
    """An escalation has the name of what it escalates."""
    owner = {"service": "bot"}
    daily = Firing(alert="LLMDailyCostHigh", severity="high", labels=owner, begins=100, ends=400)
    spike = Firing(alert="LLMCostSpike", severity="high", labels=owner, begins=90, ends=200)

    assert [(one.alert, one.minute) for one in escalations([daily, spike])] == [("LLMCostSpike", 120)]
