"""Asking Alertmanager, and sending it: what it holds, since when it runs, and that an alert has ended."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import msgspec

from watchkeeper.config import fast_yaml
from watchkeeper.errors import EngineError

_ANSWER_SECONDS = 10.0
# As Alertmanager writes a duration.
_DURATION = re.compile(r"(\d+)(ms|[smhd])")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# Alertmanager's own where its file names none.
_RESOLVE_TIMEOUT = "5m"

# Of these labels the first that an alert has says what it is about.
_SUBJECTS = ("service", "budget", "provider", "instance")
_RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}

Answer = TypeVar("Answer")


class AlertStatus(msgspec.Struct, frozen=True, rename="camel"):
    """Whether people are notified: the ids of the silences, and the alerts, that keep them from it."""

    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


class HeldAlert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert as Alertmanager holds it; ``fingerprint`` is of its labels."""

    fingerprint: str
    labels: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    annotations: dict[str, str] = {}
    generator_url: str = msgspec.field(default="", name="generatorURL")
    status: AlertStatus = AlertStatus()

    @property
    def about(self) -> str:
        """What it is about: a service where it has one; empty where it names nothing."""
        return next((found for name in _SUBJECTS if (found := self.labels.get(name))), "")

    @property
    def is_quiet(self) -> bool:
        """Whether a silence or another alert keeps people from hearing of it."""
        return bool(self.status.silenced_by or self.status.inhibited_by)


def worst_first(alerts: Iterable[HeldAlert]) -> list[HeldAlert]:
    """What people act on, the worst first, then the oldest; not what only shows that the stack works."""
    of_people = [one for one in alerts if one.labels.get("severity") != "none" and one.labels.get("drill") != "true"]
    return sorted(of_people, key=lambda one: (_RANKS.get(one.labels.get("severity", ""), 9), one.starts_at))


class Silence(msgspec.Struct, frozen=True, rename="camel"):
    """A silence: until when, by whom and why."""

    id: str
    ends_at: datetime
    created_by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Since when an Alertmanager runs, as it says, and how long it waits for an alert that no one sends any more."""

    started: str
    resolve_timeout_seconds: float


class _Config(msgspec.Struct):
    original: str


class _Status(msgspec.Struct):
    uptime: str
    config: _Config


class Alertmanager:
    """The Alertmanager at a base URL. Every method raises EngineError when it does not answer, or refuses."""

    def __init__(self, client: httpx.Client, url: str, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._client = client
        self._url = url
        self._seconds = answer_seconds

    def running(self) -> Running:
        """Since when it runs, and its ``resolve_timeout``."""
        status = self._get("/api/v2/status", _Status)
        return Running(started=status.uptime, resolve_timeout_seconds=_resolve_timeout(status.config.original))

    def alerts(self) -> list[HeldAlert]:
        """What fires, silenced and inhibited alerts too."""
        return self._get("/api/v2/alerts", list[HeldAlert])

    def silences(self) -> dict[str, Silence]:
        """The silences it knows, ended ones too, by their ids."""
        return {silence.id: silence for silence in self._get("/api/v2/silences", list[Silence])}

    def silence(self, labels: Mapping[str, str], until: datetime, author: str, comment: str) -> None:
        """Silence every alert that has these labels, from now on."""
        matchers = [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()]
        span = {"startsAt": datetime.now(UTC), "endsAt": until}
        self._post("/api/v2/silences", {"matchers": matchers, **span, "createdBy": author, "comment": comment})

    def put(self, alerts: Sequence[HeldAlert]) -> None:
        """Give it alerts: those with an end in the past have ended."""
        body = [
            {
                "labels": alert.labels,
                "annotations": alert.annotations,
                "startsAt": alert.starts_at,
                "endsAt": alert.ends_at,
                "generatorURL": alert.generator_url,
            }
            for alert in alerts
        ]
        self._post("/api/v2/alerts", body)

    def _post(self, path: str, body: object) -> None:
        headers = {"content-type": "application/json"}
        content = msgspec.json.encode(body)
        try:
            answer = self._client.post(f"{self._url}{path}", content=content, headers=headers, timeout=self._seconds)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise EngineError(f"alertmanager: {_reason(error)}") from error

    def _get(self, path: str, kind: type[Answer]) -> Answer:
        try:
            answer = self._client.get(f"{self._url}{path}", timeout=self._seconds).raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise EngineError(f"alertmanager: {_reason(error)}") from error


def _resolve_timeout(config: str) -> float:
    tree = fast_yaml.load(config)
    text = str((tree.get("global") or {}).get("resolve_timeout") or _RESOLVE_TIMEOUT)
    return sum(int(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION.findall(text))


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"answers {error.response.status_code}"
    return type(error).__name__
