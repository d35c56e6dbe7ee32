"""One synthetic alert through the real routes, so that people see their own Slack, PagerDuty and mail work."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from watchkeeper.errors import WatchkeeperError

NAME = "WatchkeeperTestAlert"
# The exporter's own, and the heartbeat's: neither tells a person.
_OWN_WEBHOOK = "webhook"
_LOOK_EVERY_SECONDS = 2.0
_LASTS = timedelta(minutes=15)

Counts = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Receivers the alert is routed to, and by integration how many notifications were tried and how many failed."""

    receivers: tuple[str, ...]
    notifications: Counts

    @property
    def is_delivered(self) -> bool:
        """Whether somebody beside the exporter was told, and nothing failed."""
        people = {name: counts for name, counts in self.notifications.items() if name != _OWN_WEBHOOK}
        return bool(people) and not any(failed for _, failed in people.values())


def report(sent: Sent) -> list[str]:
    """What happened, a sentence per integration."""
    told = []
    for name, (tried, failed) in sent.notifications.items():
        if name != _OWN_WEBHOOK:
            trouble = f"{failed:.0f} of {tried:.0f} tries failed; `make logs C=alertmanager` tells why"
            told.append(f"{name}: {trouble if failed else 'delivered'}")
    return told or [
        "Nobody was told: `make status` shows which receivers have no secret yet, or wait longer with --within."
    ]


def send(
    client: httpx.Client,
    severity: str,
    team: str,
    *,
    within_seconds: float,
    on_routed: Callable[[tuple[str, ...]], None],
) -> Sent:
    """Post the alert to the Alertmanager of ``client``, wait until it was notified or the time is up, and end it.

    ``on_routed`` hears of the receivers as soon as they are known.
    Raises: WatchkeeperError when Alertmanager does not answer or refuses.
    """
    labels = {"alertname": NAME, "severity": severity, "service": "watchkeeper", **({"team": team} if team else {})}
    try:
        before = _counts(client)
        _post(client, labels, ends_at=datetime.now(UTC) + _LASTS)
        receivers = _receivers(client, labels)
        on_routed(receivers)
        notifications = _wait(client, before, within_seconds)
        _post(client, labels, ends_at=datetime.now(UTC))
    except httpx.HTTPError as error:
        raise WatchkeeperError(
            f"{client.base_url} does not answer ({error}): start the stack with `make up`"
        ) from error
    return Sent(receivers=receivers, notifications=notifications)


def _post(client: httpx.Client, labels: Mapping[str, str], *, ends_at: datetime) -> None:
    annotations = {
        "summary": "This is a test: somebody asked whether alerts arrive.",
        "description": f"A test alert of severity {labels['severity']}; nothing is wrong and nothing needs to be done.",
    }
    alert = {"labels": dict(labels), "annotations": annotations, "endsAt": ends_at.isoformat()}
    answer = client.post("/api/v2/alerts", json=[alert])
    if answer.is_error:
        raise WatchkeeperError(f"Alertmanager refused the test alert: {answer.text[:500].strip()}")


def _receivers(client: httpx.Client, labels: Mapping[str, str]) -> tuple[str, ...]:
    filters = [f'{name}="{value}"' for name, value in labels.items()]
    alerts: list[dict[str, Any]] = client.get("/api/v2/alerts", params={"filter": filters}).json()
    return tuple(receiver["name"] for alert in alerts for receiver in alert["receivers"])


def _wait(client: httpx.Client, before: Counts, within_seconds: float) -> Counts:
    """Notifications since ``before``; returns when somebody beside the exporter's webhook was notified."""
    deadline = time.monotonic() + within_seconds
    while True:
        now = {name: _since(before.get(name, (0.0, 0.0)), counts) for name, counts in _counts(client).items()}
        if any(tried for name, (tried, _) in now.items() if name != _OWN_WEBHOOK) or time.monotonic() > deadline:
            return {name: counts for name, counts in now.items() if counts[0]}
        time.sleep(_LOOK_EVERY_SECONDS)


def _since(before: tuple[float, float], now: tuple[float, float]) -> tuple[float, float]:
    return now[0] - before[0], now[1] - before[1]


def _counts(client: httpx.Client) -> Counts:
    """Notifications tried and failed, by integration; failures are added up over their reasons."""
    counts: dict[str, list[float]] = {}
    places = {"alertmanager_notifications_total": 0, "alertmanager_notifications_failed_total": 1}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name in places:
                counts.setdefault(sample.labels["integration"], [0.0, 0.0])[places[sample.name]] += sample.value
    return {name: (tried, failed) for name, (tried, failed) in counts.items()}
