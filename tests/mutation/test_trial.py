"""An error that no case notices is found, on a rule of one line and the real promtool."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from tests.mutation.equivalents import Equivalent
from tests.mutation.rules import Mutant, Rule, all_rules, mutants
from tests.mutation.score import Score
from tests.mutation.trial import Trial, Verdict, promtool

FIRES = {"eval_time": "11m", "alertname": "Hot", "exp_alerts": [{"exp_labels": {"room": "a"}}]}
QUIET: dict[str, Any] = {"alertname": "Hot", "exp_alerts": []}


def laid_out(folder: Path, alert_rule_test: list[dict[str, Any]]) -> Path:
    """Write one rule and its cases: the space is at 31 degrees from the second minute to the twentieth."""
    rule = {"alert": "Hot", "expr": 'temperature{room="a"} > 30', "for": "8m"}
    series = [
        {"series": 'temperature{room="a"}', "values": "29x1 31x18 29x10"},
        {"series": 'temperature{room="b"}', "values": "31x30"},
    ]
    case = {"name": "a day", "interval": "1m", "input_series": series, "alert_rule_test": alert_rule_test}
    rules, tests = folder / "prometheus/rules/alerts", folder / "prometheus/tests"
    rules.mkdir(parents=True)
    tests.mkdir()
    (rules / "rooms.yml").write_text(yaml.safe_dump({"groups": [{"name": "rooms", "rules": [rule]}]}))
    (tests / "Hot.yml").write_text(
        yaml.safe_dump({"rule_files": ["../rules/alerts/rooms.yml"], "evaluation_interval": "1m", "tests": [case]})
    )
    return folder


def survivors(folder: Path) -> set[str]:
    """Return what became wrong where no case noticed."""
    trial = Trial(folder / "prometheus", promtool(), folder / "work")
    (rule,) = all_rules(folder / "prometheus")
    assert trial.unsound([rule]) == []
    return {verdict.mutant.after for verdict in trial.judge(mutants(rule)) if verdict.has_survived}


def test_cases_on_both_sides_of_every_limit_notice_all(tmp_path: Path) -> None:
    """It fires soon after its time, was quiet before it, and is quiet afterwards."""
    cases = [{**QUIET, "eval_time": "8m"}, FIRES, {**QUIET, "eval_time": "25m"}]

    assert survivors(laid_out(tmp_path, cases)) == set()


def test_a_rule_that_is_only_seen_firing_may_fire_too_early(tmp_path: Path) -> None:
    """No one sees that it no longer waits, or that its limit is lower."""
    assert survivors(laid_out(tmp_path, [FIRES])) == {"20", "no for"}


def test_cases_that_fail_on_the_right_rule_are_reported(tmp_path: Path) -> None:
    """Their failures would say nothing about errors."""
    folder = laid_out(tmp_path, [{**QUIET, "eval_time": "11m"}])
    trial = Trial(folder / "prometheus", promtool(), folder / "work")

    assert trial.unsound(all_rules(folder / "prometheus")) == [folder / "prometheus/tests/Hot.yml"]


def test_recorded_numbers_are_proved_by_cases_about_them(tmp_path: Path) -> None:
    """Alerts that are on a number may see its errors or not; who changes their cases changes nothing here."""
    folder = laid_out(tmp_path, [FIRES]) / "prometheus"
    record = {"record": "room:temperature:max", "expr": "max by (room) (temperature)"}
    (folder / "rules/rooms.yml").write_text(yaml.safe_dump({"groups": [{"name": "numbers", "rules": [record]}]}))
    for name, reads in (("recording_rooms", "rooms"), ("recording_doors", "doors"), ("Cold", "rooms")):
        (folder / f"tests/{name}.yml").write_text(yaml.safe_dump({"rule_files": [f"../rules/{reads}.yml"]}))
    trial = Trial(folder, promtool(), tmp_path / "work")

    cases = {rule.name: [case.name for case in trial.cases_of(rule)] for rule in all_rules(folder)}

    assert cases == {"Hot": ["Hot.yml"], "room:temperature:max": ["recording_rooms.yml"]}


@pytest.mark.parametrize(
    ("equivalents", "is_fine"),
    [
        pytest.param([], False, id="it must be noticed"),
        pytest.param([Equivalent("Hot", "30", "20", "no room is that cold")], True, id="or be none, with a reason"),
        pytest.param([Equivalent("Hot", "30", "45", "no room is that hot")], False, id="the reason is of another"),
    ],
)
def test_a_survivor_is_reported_unless_it_is_no_error(equivalents: list[Equivalent], is_fine: bool) -> None:
    """The table of equivalents is exact, and an entry that nothing needs is reported as well."""
    rule = Rule(file=Path("rules/alerts/rooms.yml"), group=0, place=0, body={"alert": "Hot", "expr": "x > 30"})
    score, console = Score(equivalents), Console(file=(shown := io.StringIO()))

    score.add(Verdict(mutant=Mutant(rule=rule, body={}, before="30", after="20"), has_survived=True), console)

    score.show_outdated(console)
    assert (not score.survivors and not score.outdated()) is is_fine
    assert "SURVIVED Hot" not in shown.getvalue() or not equivalents or not is_fine
