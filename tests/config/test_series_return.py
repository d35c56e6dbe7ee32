"""What compares with days and weeks says nothing false of a service whose series end and return: docs/decisions/0022.

Nine days of a steady service, four days in which nothing of it is there, and two days of the same again. So that no row
is quiet for another reason, each has a change that is told where nothing ended. Hours are steps enough: what is looked
at every quarter of an hour is found in each fourth of them, above and below the same line.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.config.conftest import Run
from tests.support.rule_cases import name_of, read_groups

RULES = Path(__file__).parents[2] / "prometheus" / "rules"
BEFORE, ENDED, AFTER = 9 * 24, 4 * 24, 2 * 24
NAME = re.compile(r"[A-Za-z_:][\w:]*")


class Case(NamedTuple):
    """An alert, what it reads of a steady service, and what of that is another value where the alert is right."""

    alert: str
    steady: Mapping[str, float]
    changed: Mapping[str, float]


LIMIT = 'llm_alert_threshold{{alert="{alert}",service="bot"}}'
OWNER = 'service="bot",team="t"'
BRANCHES, REVIEWS = "service_node_branch:llm_branch_decisions:increase1h", "service:llm_human_reviews:increase1h"
TOOLS = "service_tool_status:llm_tool_calls:increase1h"
VERSION = f'{OWNER},prompt="p",prompt_version="v1"'
SCORE = f'{OWNER},score="s",source="judge"'
TOKENS, REQUESTS = "service_version:llm_tokens:increase1h", "service_version:llm_requests:increase1h"
CASES = (
    Case(
        "LLMBranchShareShifted",
        {f'{BRANCHES}{{{OWNER},node="n",branch="a"}}': 60, f'{BRANCHES}{{{OWNER},node="n",branch="b"}}': 40},
        {f'{BRANCHES}{{{OWNER},node="n",branch="a"}}': 10, f'{BRANCHES}{{{OWNER},node="n",branch="b"}}': 90},
    ),
    Case(
        "LLMHumanReviewShifted",
        {f"{REVIEWS}{{{OWNER}}}": 20, f"service:llm_runs:increase1h{{{OWNER}}}": 100},
        {f"{REVIEWS}{{{OWNER}}}": 90},
    ),
    Case(
        "LLMToolFailuresUp",
        {f'{TOOLS}{{{OWNER},tool="x",status="ok"}}': 90, f'{TOOLS}{{{OWNER},tool="x",status="error"}}': 10},
        {f'{TOOLS}{{{OWNER},tool="x",status="error"}}': 90},
    ),
    Case(
        "LLMTokensPerRequestUp",
        {f"{TOKENS}{{{VERSION}}}": 100_000, f"{REQUESTS}{{{VERSION}}}": 100},
        {f"{TOKENS}{{{VERSION}}}": 900_000},
    ),
    Case(
        "LLMFeedbackNegative",
        {
            f'service_rating:llm_feedback:increase6h{{{OWNER},rating="negative"}}': 10,
            f'service_rating:llm_feedback:increase6h{{{OWNER},rating="positive"}}': 90,
        },
        {f'service_rating:llm_feedback:increase6h{{{OWNER},rating="negative"}}': 90},
    ),
    Case(
        "LLMScoreDropped",
        {
            f"service_score:llm_score_sum:increase6h{{{SCORE}}}": 90,
            f"service_score:llm_score_count:increase6h{{{SCORE}}}": 100,
        },
        {f"service_score:llm_score_sum:increase6h{{{SCORE}}}": 30},
    ),
    Case(
        "LLMScoresStopped",
        {
            f"service_score:llm_score_count:increase6h{{{SCORE}}}": 100,
            f"service:llm_requests:increase1h{{{OWNER}}}": 50,
        },
        {f"service_score:llm_score_count:increase6h{{{SCORE}}}": 0},
    ),
    Case(
        "LLMTrafficStopped",
        {f"service:llm_requests:increase1h{{{OWNER}}}": 50, f"service:llm_requests:increase5m{{{OWNER}}}": 5},
        {f"service:llm_requests:increase1h{{{OWNER}}}": 0, f"service:llm_requests:increase5m{{{OWNER}}}": 0},
    ),
)
LIMITS = {"LLMScoresStopped": 20.0, "LLMTokensPerRequestUp": 1.5, "LLMTrafficStopped": 10.0}
USUAL_LIMIT = 0.1


def needed(alert: str) -> list[dict[str, Any]]:
    """The alert behind all that it is recorded from, in the order in which they need each other."""
    files = sorted(RULES.rglob("*.yml"))
    rules = [dict(rule) for file in files for group in read_groups(file) for rule in group["rules"]]
    recorded = {name_of(rule) for rule in rules if "record" in rule}
    ordered: list[dict[str, Any]] = []

    def visit(name: str, seen: frozenset[str]) -> None:
        for rule in (rule for rule in rules if name_of(rule) == name):
            for other in recorded & {*NAME.findall(rule["expr"])} - seen:
                visit(other, seen | {other})
            if rule not in ordered:
                ordered.append(rule)

    visit(alert, frozenset({alert}))
    return ordered


def series(case: Case, *, ends: bool) -> Iterator[dict[str, str]]:
    """What the service shows: the same again after its end, or a change where nothing ends."""
    limit = LIMITS.get(case.alert, USUAL_LIMIT)
    yield {"series": LIMIT.format(alert=case.alert), "values": f"{limit}x{BEFORE + ENDED + AFTER}"}
    for selector, value in case.steady.items():
        then = f"_x{ENDED} {value}x{AFTER}" if ends else f"{case.changed.get(selector, value)}x{AFTER}"
        yield {"series": selector, "values": f"{value}x{BEFORE - 1} {then}"}


def expected(case: Case, *, ends: bool) -> dict[str, Any]:
    """No hour at which it fires after the return, or some after the change.

    Silence fires until the service is back, which is two hours.
    """
    back = 2 if case.alert == "LLMTrafficStopped" else 0
    firing = f'ALERTS{{alertname="{case.alert}",alertstate="firing"}}[{AFTER - back}h]'
    return {
        "expr": f"count(count_over_time({firing})) > bool 0",
        "eval_time": f"{BEFORE + (ENDED if ends else 0) + AFTER - 1}h",
        "exp_samples": [] if ends else [{"labels": "{}", "value": 1}],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_a_service_that_returns_is_not_taken_for_one_that_changed(case: Case, tmp_path: Path, run: Run) -> None:
    """Nothing fires after the return, and the change alone is told."""
    (tmp_path / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "needed", "rules": needed(case.alert)}]}, width=10**7), encoding="utf-8"
    )
    tests = [
        {
            "interval": "1h",
            "input_series": list(series(case, ends=ends)),
            "promql_expr_test": [expected(case, ends=ends)],
        }
        for ends in (True, False)
    ]
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1h", "tests": tests}
    (tmp_path / "case.yml").write_text(yaml.safe_dump(content, width=10**7), encoding="utf-8")

    tested = run("promtool", "test", "rules", str(tmp_path / "case.yml"))

    assert tested.returncode == 0, tested.stdout + tested.stderr
