"""What `status` says of the last hour."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.last_hour import last_hour


def answers(calls: dict[str, float], alerts: Sequence[dict[str, Any]] = (), *, code: int = 200) -> httpx.Client:
    """A client of a Prometheus and an Alertmanager that answer so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v2/alerts":
            return httpx.Response(code, json=list(alerts))
        result = [{"metric": {"of": name}, "value": [1.0, str(value)]} for name, value in calls.items()]
        return httpx.Response(code, json={"data": {"result": result}})

    return httpx.Client(transport=httpx.MockTransport(answer))


def alert(name: str, severity: str, service: str = "", silenced: Sequence[str] = ()) -> dict[str, Any]:
    """An alert as Alertmanager lists it."""
    return {
        "fingerprint": name,
        "labels": {"alertname": name, "severity": severity, "service": service},
        "startsAt": "2026-11-30T01:00:00Z",
        "endsAt": "2026-11-30T03:00:00Z",
        "status": {"silencedBy": list(silenced), "inhibitedBy": []},
    }


@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        ({}, "Calls: none in the last hour."),
        ({"calls": 0.0, "services": 0.0}, "Calls: none in the last hour."),
        ({"calls": float("nan")}, "Calls: none in the last hour."),
        (
            {"calls": 1.0, "services": 1.0, "cost": 0.0021},
            "Calls in the last hour: 1 of 1 service, 0 % failed, $0.0021.",
        ),
        (
            {"calls": 12345.0, "failed": 123.45, "services": 3.0, "cost": 41.2},
            "Calls in the last hour: 12 300 of 3 services, 1 % failed, $41.2.",
        ),
    ],
)
def test_calls_are_counted(tmp_path: Path, calls: dict[str, float], sentence: str) -> None:
    """With their failures and their cost, where there are any."""
    said, _ = last_hour(answers(calls), read_settings(tmp_path, {}))

    assert said == sentence


def test_an_older_prometheus_is_asked_without_what_it_cannot_read(tmp_path: Path) -> None:
    """What Debian ships replaces the pinned one while that is built."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v2/alerts":
            return httpx.Response(200, json=[])
        if b"anchored" in request.content:
            return httpx.Response(400, json={"status": "error", "errorType": "bad_data", "error": "parse error"})
        result = [{"metric": {"of": name}, "value": [1.0, "1"]} for name in ("calls", "services")]
        return httpx.Response(200, json={"data": {"result": result}})

    said, _ = last_hour(httpx.Client(transport=httpx.MockTransport(answer)), read_settings(tmp_path, {}))

    assert said == "Calls in the last hour: 1 of 1 service, 0 % failed, $0."


def test_the_worst_alerts_come_first(tmp_path: Path) -> None:
    """What people do not hear of, and what only shows that the stack works, is left out; many are counted."""
    alerts = [
        alert("Watchdog", "none"),
        *(alert(f"Low{place}", "low", "shop") for place in range(5)),
        alert("LLMErrorRateHigh", "critical", "search-api"),
        alert("LLMErrorRateHigh", "critical", "search-api"),
        alert("Silenced", "critical", "search-api", silenced=["x"]),
    ]

    _, said = last_hour(answers({}, alerts), read_settings(tmp_path, {"EXPORTER_PORT": "14318"}))

    assert said == (
        "Alerts: 2 times LLMErrorRateHigh (critical, search-api), Low0 (low, shop), Low1 (low, shop), "
        "Low2 (low, shop), Low3 (low, shop), 1 more; see http://localhost:14318/alerts"
    )


def test_that_none_fires_is_said(tmp_path: Path) -> None:
    """An empty list is an answer."""
    assert list(last_hour(answers({}), read_settings(tmp_path, {})))[1] == "Alerts: none fires."


def test_an_engine_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    """Of each, and `status` goes on."""
    said = list(last_hour(answers({}, code=503), read_settings(tmp_path, {})))

    assert [line.partition(":")[0] for line in said] == ["Calls", "Alerts"]
    assert all("not known" in line for line in said)
