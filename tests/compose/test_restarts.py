"""Each container is stopped cleanly and started again: what the documentation says is not lost."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.compose.bundle import ComposeBundle
from tests.compose.calls import expect_counted, expect_lines, send_calls
from tests.compose.commands import log
from tests.e2e.support.receivers import Receivers
from tests.e2e.support.waiting import eventually

SERVICES = ("exporter", "analyzer", "prometheus", "alertmanager", "loki", "promtail")


@pytest.fixture(autouse=True)
def _with_secrets(receivers: Receivers) -> None:
    """Let the bundle have receivers, as a real one does."""
    assert receivers


@pytest.mark.parametrize("restarted", SERVICES)
def test_calls_before_and_after_are_counted_and_logged_once(bundle: ComposeBundle, restarted: str) -> None:
    """Three calls, a clean restart, four calls: Prometheus has seven, Loki has seven lines."""
    service = f"restart-{restarted}"
    send_calls(bundle, service, 3)
    expect_counted(bundle, service, 3)

    bundle.restart(restarted)
    send_calls(bundle, service, 4)

    expect_counted(bundle, service, 7)
    expect_lines(bundle, service, 7)


def test_a_silence_survives_alertmanager(bundle: ComposeBundle) -> None:
    """Whoever silenced something is not paged by a restart."""
    now = datetime.now(UTC)
    matcher = {"name": "service", "value": "silenced", "isRegex": False, "isEqual": True}
    silence = {
        "matchers": [matcher],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "a test",
        "comment": "survives",
    }
    url = bundle.url("alertmanager", "/api/v2/silences")
    made = bundle.client.post(url, json=silence).json()["silenceID"]

    bundle.restart("alertmanager")

    kept = {item["id"]: item["status"]["state"] for item in bundle.client.get(url).json()}
    assert kept[made] == "active"


def test_down_and_up_keep_everything(bundle: ComposeBundle) -> None:
    """Containers and networks go away and come back; volumes stay, and so does what was counted."""
    service = "down-and-up"
    send_calls(bundle, service, 5)
    expect_counted(bundle, service, 5)
    expect_lines(bundle, service, 5)

    log.info("docker compose down, then up")
    bundle.compose("down")
    bundle.up()
    eventually("Prometheus scrapes again", lambda: bundle.query('up{job="exporter"} == 1'))
    send_calls(bundle, service, 6)

    expect_counted(bundle, service, 11)
    expect_lines(bundle, service, 11)
