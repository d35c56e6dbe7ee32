import json
from typing import Any

import pytest
from tests.support.decoded import decoded
from tests.support.facts import NOW_NS

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.alertmanager import decode_alerts

FIRING: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "LLMErrorRateHigh", "severity": "critical", "service": "shop", "team": "search"},
    "annotations": {"summary": "Many calls fail", "description": "more"},
    "startsAt": "2026-11-20T11:00:00.123Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus",
    "fingerprint": "abcdef",
}


def notification(*alerts: object, version: str = "4") -> bytes:
    """A webhook body as Alertmanager sends it."""
    return json.dumps({"version": version, "status": "firing", "receiver": "all", "alerts": alerts}).encode()


def test_an_alert_that_fires() -> None:
    """Everything the log line needs, at the time it came in."""
    (incident,), rejections = decoded(decode_alerts(notification(FIRING), NOW_NS))

    assert rejections == []
    assert (incident.alert, incident.status, incident.severity) == ("LLMErrorRateHigh", "firing", "critical")
    assert (incident.summary, incident.fingerprint) == ("Many calls fail", "abcdef")
    assert (incident.started_at, incident.ended_at) == ("2026-11-20T11:00:00.123Z", "")
    assert (incident.context.service, incident.context.team, incident.context.time_ns) == ("shop", "search", NOW_NS)


def test_an_alert_that_resolved() -> None:
    """The end is reported when there is one."""
    (incident,), _ = decoded(
        decode_alerts(notification({**FIRING, "status": "resolved", "endsAt": "2026-11-20T12:00:00Z"}), NOW_NS)
    )

    assert (incident.status, incident.ended_at) == ("resolved", "2026-11-20T12:00:00Z")


def test_an_alert_about_the_stack_itself() -> None:
    """Without a service label it is ours."""
    watchdog = {"status": "firing", "labels": {"alertname": "Watchdog"}}

    (incident,), _ = decoded(decode_alerts(notification(watchdog), NOW_NS))

    assert (incident.context.service, incident.started_at) == ("watchkeeper", "")


@pytest.mark.parametrize("time", ["", "soon", 'x" onclick="', "2026-13-45T00:00:00Z"])
def test_a_time_that_is_none_is_left_out(time: str) -> None:
    """Text in the place of a time does not reach the log."""
    (incident,), _ = decoded(decode_alerts(notification({**FIRING, "startsAt": time}), NOW_NS))

    assert incident.started_at == ""


def test_long_text_is_cut() -> None:
    """Labels and annotations are as long as their author likes; a line is not."""
    alert = {
        **FIRING,
        "labels": {"alertname": "a" * 5000, "severity": "s" * 5000},
        "annotations": {"summary": "x" * 5000},
    }

    (incident,), _ = decoded(decode_alerts(notification(alert), NOW_NS))

    assert {len(incident.alert), len(incident.severity), len(incident.summary)} == {1024}


def test_a_bad_alert_leaves_its_neighbours() -> None:
    """One alert without labels is refused with its place."""
    incidents, rejections = decoded(decode_alerts(notification(FIRING, {"status": "firing"}, FIRING), NOW_NS))

    assert len(incidents) == 2
    assert [(r.reason, r.detail, r.index) for r in rejections] == [
        ("malformed_alert", "alerts[1]: Object missing required field `labels`", 1)
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(notification(version="3"), "body.version: must be \"4\", got '3'", id="another version"),
        pytest.param(b"{", "body: must be an Alertmanager webhook notification, ", id="half"),
        pytest.param(b"[]", "body: must be an Alertmanager webhook notification, ", id="a list"),
        pytest.param(b'{"version": "4"}', "body: must be an Alertmanager webhook notification, ", id="no alerts"),
        pytest.param(b"\xff", "body: must be an Alertmanager webhook notification, ", id="no text"),
        pytest.param(b"", "body: must be an Alertmanager webhook notification, ", id="nothing"),
    ],
)
def test_a_body_that_is_no_notification(body: bytes, message: str) -> None:
    """What was expected is reported."""
    with pytest.raises(DecodeError) as refused:
        decoded(decode_alerts(body, NOW_NS))

    assert str(refused.value).startswith(message)
