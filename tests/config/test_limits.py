"""`watchkeeper limits suggest` and `watchkeeper alerts replay` on a Prometheus that runs the shipped alerts."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from alerts_measured.store import START, STEP, Store, running
from tests.support.programs import obtain_programs

from watchkeeper.config.schema import ConfigFile
from watchkeeper.operator.limits.past import Past
from watchkeeper.operator.limits.replay import Replayed, replay
from watchkeeper.operator.limits.suggest import Suggestion, as_yaml, suggestions

ROOT = Path(__file__).parents[2]
RULES = ROOT / "prometheus" / "rules" / "alerts"
MINUTES = 1_440
# From ten to eleven every fifth call of the shop fails, and the day costs it 24 dollars, a dollar an hour.
FAILING = slice(600, 660)
OWNER = {"service": "shop", "team": "t"}
RATIO = {**OWNER, "provider": "p"}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """A day of one service."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = yaml.safe_dump({"rule_files": [str(RULES / "*.yml")]})
    with running(obtain_programs(ROOT)["prometheus"], folder, config) as store:
        write(store)
        with httpx.Client(base_url=store.url, trust_env=False, timeout=60) as client:
            yield Past(client, START, START + (MINUTES - 1) * STEP)


def write(store: Store) -> None:
    """What the alerts about errors and daily cost compare with their limits."""
    minutes = np.arange(MINUTES)
    share = np.full(MINUTES, 0.01)
    share[FAILING] = 0.2
    limit = {"__name__": "llm_alert_threshold", "service": "shop"}
    store.write(
        [
            ({**RATIO, "__name__": "service_provider_window:llm_request_errors:ratio", "window": "6h"}, minutes, share),
            ({**RATIO, "__name__": "service_provider:llm_request_errors:ratio", "severity": "high"}, minutes, share),
            ({**OWNER, "__name__": "service:llm_cost_dollars:increase1d"}, minutes, np.linspace(0.0, 24.0, MINUTES)),
            ({**limit, "alert": "LLMErrorRateHigh"}, minutes, np.full(MINUTES, 0.05)),
            ({**limit, "alert": "LLMDailyCostHigh"}, minutes, np.full(MINUTES, 12.0)),
        ]
    )


def replayed(past: Past, alert: str, limit: float | None = None) -> list[Replayed]:
    """What an alert would have done, by its own limit or another."""
    return list(replay(past, past.rules(alert), {} if limit is None else {alert: limit}))


def test_an_alert_is_replayed_as_it_would_have_fired(past: Past) -> None:
    """High after five minutes, until five minutes after the last that failed."""
    [found] = replayed(past, "LLMErrorRateHigh")
    [spell] = found.spells

    assert (found.severity, dict(found.labels)) == ("high", RATIO)
    assert (spell.begins - START) / STEP == FAILING.start + 5
    assert (spell.ends - START) / STEP == FAILING.stop - 1 + 5


def test_a_changed_limit_changes_what_would_have_fired(past: Past) -> None:
    """Above the limit of 12 dollars for the second half of the day; above 18 for its last quarter, above 30 never."""
    [half], [quarter] = replayed(past, "LLMDailyCostHigh"), replayed(past, "LLMDailyCostHigh", 18.0)

    assert (half.spells[0].begins - START) / STEP == pytest.approx(MINUTES / 2 + 5, abs=1)
    assert (quarter.spells[0].begins - START) / STEP == pytest.approx(MINUTES * 3 / 4 + 5, abs=1)
    assert replayed(past, "LLMDailyCostHigh", 30.0) == []


def test_an_error_rate_is_replayed_with_another_limit(past: Past) -> None:
    """A fifth of the calls is not above a fifth."""
    assert replayed(past, "LLMErrorRateHigh", 0.2) == []
    assert len(replayed(past, "LLMErrorRateHigh", 0.19)) == 1


def test_limits_are_suggested_from_the_past(past: Past) -> None:
    """A tenth above what was seen, with how often it and today's limit fire; and it can be pasted."""
    found = {one.alert: one for one in suggestions(past)}

    assert found == {
        "LLMErrorRateHigh": Suggestion(
            alert="LLMErrorRateHigh", service="shop", limit=0.22, would_fire=0, fires_today=1
        ),
        "LLMDailyCostHigh": Suggestion(
            alert="LLMDailyCostHigh", service="shop", limit=27.0, would_fire=0, fires_today=1
        ),
    }
    pasted = ConfigFile.model_validate(yaml.safe_load("\n".join(as_yaml(list(found.values()), 1.0))))
    assert pasted.alerts["LLMErrorRateHigh"].services == {"shop": 0.22}
