"""Names that no telemetry has are warned of, with the one that is meant."""

import httpx
import pytest

from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.unknown_names import unknown_names
from watchkeeper.operator.operations import seen_names

FILE = ConfigFile.model_validate(
    {
        "alerts": {"LLMErrorRateHigh": {"default": 0.1, "services": {"shpo": 0.2, "shop": 0.3}}},
        "slos": [{"name": "up", "kind": "availability", "objective": 0.9, "services": ["sh*", "serch-*"]}],
        "budgets": [{"name": "all", "limit_usd": 5, "match": {"service": ["shop"], "model": ["gpt-4o-m", "gpt-*"]}}],
        "ceilings": [{"name": "run", "per": "run", "max_steps": 5, "match": {"service": ["shp"]}}],
    }
)


def test_a_name_that_nothing_has_is_warned_of() -> None:
    """With its place; a pattern that fits something is fine."""
    assert unknown_names(FILE, {"service": ["shop", "search-api"], "model": ["gpt-4o-mini"]}) == [
        "watchkeeper.yml: alerts.LLMErrorRateHigh.services: no telemetry is of a service 'shpo' (did you mean shop?)",
        "watchkeeper.yml: slos[0].services[1]: no telemetry is of a service 'serch-*' (did you mean search-api?)",
        "watchkeeper.yml: budgets[0].match.model[0]: no telemetry is of a model 'gpt-4o-m' (did you mean gpt-4o-mini?)",
        "watchkeeper.yml: ceilings[0].match.service[0]: no telemetry is of a service 'shp' (did you mean shop?)",
    ]


@pytest.mark.parametrize("known", [{}, {"service": [], "model": []}], ids=["no Prometheus", "an empty Prometheus"])
def test_where_nothing_was_sent_nothing_is_misspelt(known: dict[str, list[str]]) -> None:
    """A first watchkeeper.yml is written before the first call."""
    assert unknown_names(FILE, known) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(200, json={"data": ["shop"]}), {"service": ["shop"], "model": ["shop"]}),
        (httpx.Response(503), {}),
        (httpx.Response(200, text="<html>"), {}),
        (httpx.Response(200, json=["shop"]), {}),
    ],
    ids=["Prometheus", "one that is not ready", "another program", "JSON of another program"],
)
def test_what_prometheus_has_seen(
    answer: httpx.Response, expected: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing where anything but an answer comes."""
    client = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    monkeypatch.setattr(seen_names.httpx, "Client", lambda **_options: client)

    assert seen_names.seen_names("http://127.0.0.1:1") == expected
