"""Limits out of the past, and alerts over it, on a Prometheus that answers from a table."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import yaml

from watchkeeper.config.schema import ConfigFile
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.limits.past import Past
from watchkeeper.operator.limits.replay import replay, with_limit
from watchkeeper.operator.limits.suggest import MEASURED, as_yaml, suggestions

MINUTES = 100


def rule(name: str, query: str, *, waits: float = 120.0) -> dict[str, Any]:
    """An alert as Prometheus reports it."""
    return {
        "name": name,
        "query": query,
        "duration": waits,
        "keepFiringFor": 0.0,
        "labels": {"severity": "high"},
    }


def past(values: Callable[[str], dict[str, list[float | None]]], *rules: dict[str, Any]) -> Past:
    """A past of a hundred minutes: ``values`` gives those of a query by service."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/rules":
            return httpx.Response(200, json={"data": {"groups": [{"rules": list(rules)}]}})
        start = float(request.url.params["start"])
        result = [
            {
                "metric": {"service": service},
                "values": [
                    [start + 60 * minute, str(value)] for minute, value in enumerate(found) if value is not None
                ],
            }
            for service, found in values(request.url.params["query"]).items()
        ]
        return httpx.Response(200, json={"data": {"result": result}})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://prometheus")
    return Past(client, 0.0, 60.0 * MINUTES)


def test_an_alert_is_replayed_with_its_times() -> None:
    """Three minutes that hold are pending for two and fire for the rest."""
    asked = past(lambda _query: {"bot": [None, 1.0, 1.0, 1.0, 1.0, None]}, rule("LLMCostSpike", "x > 1"))

    [replayed] = replay(asked, asked.rules(), {})

    assert (replayed.alert, replayed.severity, replayed.labels) == ("LLMCostSpike", "high", (("service", "bot"),))
    assert [(spell.begins, spell.ends) for spell in replayed.spells] == [(180.0, 240.0)]
    assert replayed.seconds == 60.0


def test_what_goes_on_while_it_fires_is_replayed_so_whatever_fired_in_fact() -> None:
    """ALERTS of the past is not read: what would have fired decides."""
    asked_for: list[str] = []

    def values(query: str) -> dict[str, list[float | None]]:
        asked_for.append(query)
        return {"bot": [1.0, None] if "vector(0) < 0" in query else [1.0, 1.0, 1.0, None], "calm": [None]}

    asked = past(values, rule("A", 'x > 2 or x > 1 and on (service) ALERTS{alertname="A"}', waits=0.0))

    [replayed] = replay(asked, asked.rules(), {})

    assert [(spell.begins, spell.ends) for spell in replayed.spells] == [(0.0, 120.0)]
    assert not any("ALERTS" in query for query in asked_for)


def test_another_limit_takes_the_place_of_the_metric() -> None:
    """Only the limit of this alert, also where a range of it is read."""
    expression = (
        'a > llm_alert_threshold{alert="A"} and b > max_over_time(llm_alert_threshold{alert="A"}[1d]) + c{alert="B"}'
    )

    changed = with_limit(expression, "A", 3)

    constant = '(0 * llm_alert_threshold{alert="A"} + 3)'
    assert changed == f'a > {constant} and b > max_over_time({constant}[1d:5m]) + c{{alert="B"}}'


def test_an_alert_that_does_not_run_is_an_error() -> None:
    """A slip in a name must not look like silence."""
    with pytest.raises(WatchkeeperError, match="must be one that Prometheus runs, got 'Typo'"):
        past(lambda _query: {}, rule("LLMCostSpike", "x")).rules("Typo")


def test_weeks_are_asked_in_pieces_that_prometheus_answers() -> None:
    """Prometheus refuses more than 11 000 samples a series."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((float(request.url.params["start"]), float(request.url.params["end"])))
        return httpx.Response(200, json={"data": {"result": []}})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://prometheus")
    Past(client, 0.0, 60.0 * 25_000).values("x")

    assert asked == [(0.0, 600_000.0), (600_060.0, 1_200_060.0), (1_200_120.0, 1_500_000.0)]


def test_a_limit_lies_above_what_was_seen_and_is_valid_configuration() -> None:
    """One minute of 9 among minutes of 5 is no spell: the limit is a tenth above 5, and today's fires all the time."""
    measured = [5.0] * 50 + [9.0] + [5.0] * 50
    only = MEASURED["LLMLatencyHigh"]

    def values(query: str) -> dict[str, list[float | None]]:
        return {"bot": [*measured]} if query == only else {}

    found = list(suggestions(past(values, *(rule(alert, "x") for alert in MEASURED))))
    lines = list(as_yaml(found, 14))

    assert [(one.alert, one.service, one.limit, one.would_fire) for one in found] == [("LLMLatencyHigh", "bot", 5.5, 0)]
    config = ConfigFile.model_validate(yaml.safe_load("\n".join(lines)))
    assert config.alerts["LLMLatencyHigh"].services == {"bot": 5.5}
    assert lines[-1].endswith("# would have fired 0 times in 14 days; no limit today")


def test_a_limit_that_no_one_set_stays_unset_for_all_others() -> None:
    """Pasting a limit for one service must not give one to every other."""

    def values(query: str) -> dict[str, list[float | None]]:
        return {"bot": [12.0] * MINUTES} if query == MEASURED["LLMDailyCostHigh"] else {}

    found = list(suggestions(past(values, *(rule(alert, "x") for alert in MEASURED))))
    config = ConfigFile.model_validate(yaml.safe_load("\n".join(as_yaml(found, 14))))

    assert config.alerts["LLMDailyCostHigh"].default is None
    assert config.alerts["LLMDailyCostHigh"].services == {"bot": 14.0}


def test_prometheus_that_is_away_is_said_so() -> None:
    """The address helps whoever asks the wrong one."""

    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client = httpx.Client(transport=httpx.MockTransport(away), base_url="http://nowhere:9")

    with pytest.raises(WatchkeeperError, match="Prometheus at http://nowhere:9 does not answer: refused"):
        Past(client, 0.0, 60.0).values("x")
