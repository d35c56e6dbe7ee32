"""One synthetic alert through the real routes, so that people see their own Slack, PagerDuty and mail work."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from watchkeeper.config import fast_yaml
from watchkeeper.errors import WatchkeeperError

NAME = "WatchkeeperTestAlert"
# The exporter is notified of every alert; it is no person.
_EXPORTER = "exporter"
_CONFIGS_SUFFIX = "_configs"
# Of the addresses of integrations Alertmanager shows PagerDuty's alone.
_INBOX = "/v1/inbox/pagerduty"
_LOOK_EVERY_SECONDS = 1.0
_LASTS = timedelta(minutes=15)
# The test alert's route reports changes every 10 s; see alertmanager.yml.
_END_SECONDS = 30.0

# What was asked of the services outside. Notifications themselves are counted when they begin, not when they arrive.
_TRIED = "alertmanager_notification_requests_total"
_FAILED = "alertmanager_notification_requests_failed_total"
# By metric, integration and receiver.
_Requests = Counter[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Receivers the alert is routed to, their integrations beside the exporter's, and what these answered.

    ``delivered`` and ``failed`` are requests since the alert was sent, by integration; ``times`` is how often each is
    to be notified, and ``unended`` are those that did not hear the end.
    ``has_inbox``: the exporter's inbox stands among them as slack and pagerduty.
    """

    receivers: tuple[str, ...]
    wanted: Mapping[str, int]
    delivered: Mapping[str, int]
    failed: Mapping[str, int]
    times: int = 1
    unended: tuple[str, ...] = ()
    has_inbox: bool = False

    @property
    def missing(self) -> list[str]:
        """Integrations that have not taken the alert."""
        wanted = {name: count * self.times for name, count in self.wanted.items()}
        return [name for name, count in wanted.items() if self.delivered.get(name, 0) < count]

    @property
    def is_delivered(self) -> bool:
        """Whether someone beside the exporter was notified, by every way that there is."""
        return bool(self.wanted) and not self.missing


def doubt(team: str, known: Collection[str]) -> str:
    """What to say of a team that watchkeeper.yml does not name: telemetry may, but a typing error is likelier."""
    if not team or team in known:
        return ""
    names = ", ".join(known) or "none"
    return f"watchkeeper.yml names no team {team!r} (it names: {names}); its alerts go to the channels for all."


def report(sent: Sent) -> list[str]:
    """What happened, a sentence per integration."""
    if not sent.wanted:
        receivers = ", ".join(name for name in sent.receivers if name != _EXPORTER) or "no receiver"
        return [f"No one was notified: {receivers} has no integration that works; `make status` says why."]
    return [f"{name}: {_answer(sent, name)}" for name in sent.wanted]


def _answer(sent: Sent, name: str) -> str:
    failed = sent.failed.get(name, 0)
    tries = "1 try" if failed == 1 else f"{failed} tries"
    if name not in sent.missing:
        end = "; its end was not sent yet" if name in sent.unended else ""
        return f"delivered, after {tries} failed{end}" if failed else f"delivered{end}"
    if failed:
        return f"not delivered, {tries} failed; `make logs C=alertmanager` shows why"
    return "not delivered yet; it does not answer, or more time is needed (--within)"


def send(
    client: httpx.Client,
    severity: str,
    team: str,
    *,
    within_seconds: float,
    on_routed: Callable[[tuple[str, ...]], None],
) -> Sent:
    """Post the alert to the Alertmanager of ``client``, wait until all took it or the time is up, and end it.

    ``on_routed`` is notified of the receivers as soon as they are known.
    Raises: WatchkeeperError when Alertmanager does not answer or refuses.
    """
    labels = _labels(severity, team)
    try:
        before = _requests(client)
        begun = datetime.now(UTC)
        _post(client, labels, starts_at=begun, ends_at=begun + _LASTS)
        receivers = _receivers(client, labels)
        on_routed(receivers)
        count = _Count(client=client, before=before, receivers=receivers, wanted=_wanted(client, receivers))
        sent = count.wait(within_seconds)
        _post(client, labels, starts_at=begun, ends_at=datetime.now(UTC))
        # Both that people hear the end, and that it does not look like the beginning of the next test.
        end = count.wait(min(within_seconds, _END_SECONDS), times=2)
        has_inbox = _INBOX in client.get("/api/v2/status").text
    except httpx.HTTPError as error:
        raise WatchkeeperError(
            f"{client.base_url} does not answer ({error}): start the stack with `make up`"
        ) from error
    return replace(sent, unended=tuple(end.missing), has_inbox=has_inbox)


def _labels(severity: str, team: str) -> dict[str, str]:
    """The time distinguishes tests, for Alertmanager and for who reads them."""
    now = f"{datetime.now(UTC):%H:%M:%S}"
    return {
        "alertname": NAME,
        "severity": severity,
        "service": "watchkeeper",
        "test": now,
        **({"team": team} if team else {}),
    }


def _post(client: httpx.Client, labels: Mapping[str, str], *, starts_at: datetime, ends_at: datetime) -> None:
    annotations = {
        "summary": "This is a test: someone asked whether alerts arrive.",
        "description": f"A test alert of severity {labels['severity']}; nothing is wrong and nothing needs to be done.",
    }
    # Without its start Alertmanager takes the end for it, which lies ahead.
    times = {"startsAt": starts_at.isoformat(), "endsAt": ends_at.isoformat()}
    alert = {"labels": dict(labels), "annotations": annotations, **times}
    answer = client.post("/api/v2/alerts", json=[alert])
    if answer.is_error:
        raise WatchkeeperError(f"Alertmanager refused the test alert: {answer.text[:500].strip()}")


def _receivers(client: httpx.Client, labels: Mapping[str, str]) -> tuple[str, ...]:
    filters = [f'{name}="{value}"' for name, value in labels.items()]
    alerts: list[dict[str, Any]] = client.get("/api/v2/alerts", params={"filter": filters}).json()
    return tuple(receiver["name"] for alert in alerts for receiver in alert["receivers"])


def _wanted(client: httpx.Client, receivers: Iterable[str]) -> Counter[str]:
    """How many integrations of each kind the receivers have, as Alertmanager runs them now."""
    config = fast_yaml.load(client.get("/api/v2/status").json()["config"]["original"])
    counts: Counter[str] = Counter()
    for entry in config["receivers"]:
        if entry["name"] in receivers and entry["name"] != _EXPORTER:
            found = {key: len(value) for key, value in entry.items() if key.endswith(_CONFIGS_SUFFIX)}
            counts.update({key.removesuffix(_CONFIGS_SUFFIX): count for key, count in found.items()})
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """Counts what Alertmanager asked of the services outside since it was asked ``before``."""

    client: httpx.Client
    before: _Requests
    receivers: tuple[str, ...]
    wanted: Mapping[str, int]

    def wait(self, seconds: float, *, times: int = 1) -> Sent:
        """What came of it: returns when every integration was notified so many times, or the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            sent = self._now(times)
            if not sent.missing or time.monotonic() > deadline:
                return sent
            time.sleep(_LOOK_EVERY_SECONDS)

    def _now(self, times: int) -> Sent:
        since = _requests(self.client)
        since.subtract(self.before)
        # Of the exporter's webhook and the heartbeat's there are requests all the time.
        people = {"", *self.receivers} - {_EXPORTER}
        failed = {name: sum(since[_FAILED, name, each] for each in people) for name in self.wanted}
        delivered = {name: sum(since[_TRIED, name, each] for each in people) - failed[name] for name in self.wanted}
        return Sent(receivers=self.receivers, wanted=self.wanted, delivered=delivered, failed=failed, times=times)


def _requests(client: httpx.Client) -> _Requests:
    """Requests so far; an Alertmanager without the feature for names of receivers counts all of them together."""
    counts: _Requests = Counter()
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name in (_TRIED, _FAILED):
                labels = sample.labels
                counts[sample.name, labels["integration"], labels.get("receiver_name", "")] += int(sample.value)
    return counts
