"""Each alert that the analyzer explains carries its line, and no other one waits for a line that never comes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.analyzer.explained.windows import EXPLAINED

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "prometheus" / "rules" / "alerts").glob("*.yml"))
ALERTS: list[dict[str, Any]] = [
    rule for file in FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]
]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_the_line_is_that_of_the_alert(rule: dict[str, Any]) -> None:
    """By its own name; without a line it says so."""
    name, text = rule["alert"], rule["annotations"].get("explanation", "")

    assert bool(text) == (name in EXPLAINED)
    if text:
        assert re.findall(r'alert=\\?"(\w+)\\?"', text) == [name]
        assert text.endswith("{{ else }}not explained: no result of the analyzer.{{ end }}")


def test_every_explained_alert_is_a_rule() -> None:
    """And is about a service: the analyzer asks for one."""
    assert set(EXPLAINED) <= {rule["alert"] for rule in ALERTS}
