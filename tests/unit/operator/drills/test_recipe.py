"""The condition of an alert, taken from its own promtool test."""

from pathlib import Path

import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.drills.recipe import read_recipe

CASES = """
tests:
  - name: quiet
    interval: 1m
    input_series: [{series: 'calls_total{service="calm"}', values: "0x9"}]
    alert_rule_test: [{eval_time: 5m, alertname: Busy, exp_alerts: []}]
  - name: loud
    interval: 30s
    input_series:
      - {series: 'calls_total{service="bot"}', values: "0+5x40 _ 9"}
      - {series: 'llm_alert_threshold{alert="Busy",service="bot"}', values: "3x40"}
      - {series: 'up', values: 0x40}
    alert_rule_test:
      - eval_time: 10m
        alertname: Busy
        exp_alerts:
          - exp_labels: {severity: medium, service: bot}
          - exp_labels: {severity: high, service: bot}
"""

LIMIT = 'llm_alert_threshold{alert="Busy",service="*"}'


def write(folder: Path, text: str) -> Path:
    """A folder with one test of the alert Busy."""
    (folder / "Busy.yml").write_text(text, encoding="utf-8")
    return folder


def test_the_case_of_the_highest_severity_is_taken(tmp_path: Path) -> None:
    """What pages is what must be proven to page."""
    recipe = read_recipe("Busy", write(tmp_path, CASES))

    assert (recipe.severity, recipe.interval_seconds, recipe.fires_after_seconds) == ("high", 30, 600)
    assert recipe.fires_at_index == 20


def test_nothing_is_written_without_the_mark(tmp_path: Path) -> None:
    """Limits too, or the rule would find none; what is about everyone is written for the drill alone."""
    recipe = read_recipe(
        "Busy", write(tmp_path, CASES.replace('llm_alert_threshold{alert="Busy",service="bot"}', LIMIT))
    )

    assert {series.labels["service"] for series in recipe.series} == {"drill-Busy-bot"}
    assert (recipe.mark_label, recipe.mark) == ("service", "drill-Busy-bot")


def test_each_run_has_marks_of_its_own(tmp_path: Path) -> None:
    """What an earlier drill wrote into the same week would be counted with this one's."""
    recipe = read_recipe("Busy", write(tmp_path, CASES), "6920be41")

    assert recipe.mark == "drill-Busy-6920be41-bot"
    assert {series.labels["service"] for series in recipe.series} == {recipe.mark}


@pytest.mark.parametrize("limit", ['alert="Busy"', 'alert="Calm",service="bot"'], ids=["of all", "of another alert"])
def test_limits_that_hold_for_others_are_left_alone(limit: str, tmp_path: Path) -> None:
    """A drill that wrote them would mute or raise real alerts meanwhile."""
    recipe = read_recipe(
        "Busy",
        write(
            tmp_path,
            CASES.replace('llm_alert_threshold{alert="Busy",service="bot"}', "llm_alert_threshold{" + limit + "}"),
        ),
    )

    assert [series.labels["__name__"] for series in recipe.series] == ["calls_total", "up"]


def test_values_are_texts_whatever_yaml_makes_of_them(tmp_path: Path) -> None:
    """Forty-one zeros, not the hexadecimal number."""
    assert read_recipe("Busy", write(tmp_path, CASES)).series[2].values == (0.0,) * 41


def test_a_series_goes_on_as_it_went(tmp_path: Path) -> None:
    """Its value and its growth at the test's moment; nothing once it has ended."""
    calls = read_recipe("Busy", write(tmp_path, CASES)).series[0]

    assert calls.ongoing(20) == (100, 5)
    assert calls.ongoing(0) == (0, 0)
    assert calls.ongoing(41) is None
    assert calls.ongoing(42) == (9, 0)
    assert calls.ongoing(99) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("tests: []", "no case expects Busy to fire", id="an alert that is never seen firing"),
        pytest.param(
            CASES.replace("service: bot", "job: x"), "could not be distinguished from real logs", id="no mark"
        ),
    ],
)
def test_what_cannot_be_drilled_is_reported(tmp_path: Path, text: str, complaint: str) -> None:
    """A drill that could be taken for the real thing is none."""
    with pytest.raises(WatchkeeperError, match=complaint):
        read_recipe("Busy", write(tmp_path, text))


def test_an_unknown_alert_is_reported(tmp_path: Path) -> None:
    """With the way to the known ones."""
    with pytest.raises(WatchkeeperError, match=r"has no test Nobody\.yml"):
        read_recipe("Nobody", tmp_path)
