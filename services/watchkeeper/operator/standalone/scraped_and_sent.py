"""What `status` says of the engines' work: which targets Prometheus scrapes, and which notifications failed lately."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import msgspec

from watchkeeper.config.settings import Settings
from watchkeeper.engines.asking import asked
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.last_hour import ANSWER_SECONDS, values_of

_MOST_TARGETS = 5
_LONGEST_ERROR = 120
# The window of AlertmanagerNotificationsFailing.
_WINDOW = "15m"
_SENT = f"sum by (integration) (increase(alertmanager_notifications_total[{_WINDOW}] anchored))"
_FAILED = f"sum by (integration, reason) (increase(alertmanager_notifications_failed_total[{_WINDOW}] anchored)) > 0"


class _Target(msgspec.Struct, rename="camel"):
    health: str
    labels: dict[str, str]
    scrape_url: str = ""
    last_error: str = ""


def scraped_and_sent(client: httpx.Client, settings: Settings) -> Iterator[str]:
    """Yield two sentences; an engine that does not answer is one too."""
    url = settings.url("prometheus")
    try:
        yield _scraped(client, url)
    except EngineError as error:
        yield f"Targets: not known, {error}."
    try:
        yield _sent(client, url)
    except EngineError as error:
        yield f"Notifications: not known, {error}."


def _scraped(client: httpx.Client, url: str) -> str:
    data = asked("Prometheus", client.get, url, "/api/v1/targets", params={"state": "active"}, timeout=ANSWER_SECONDS)
    targets = _targets(data)
    health = Counter(target.health for target in targets)
    counts = f"{health['up']} of {len(targets)} up"
    untried = [f"{health['unknown']} not yet tried"] if health["unknown"] else []
    down = [target for target in targets if target.health == "down"]
    some = [f"{_named(target)}: {target.last_error[:_LONGEST_ERROR]}" for target in down[:_MOST_TARGETS]]
    more = [f"{len(down) - len(some)} more are down"] if len(down) > len(some) else []
    return f"Targets: {'; '.join([counts, *untried, *some, *more])}."


def _targets(data: Any) -> Sequence[_Target]:
    try:
        return msgspec.convert(data["activeTargets"], type=list[_Target])
    except (msgspec.ValidationError, LookupError, TypeError) as error:
        raise EngineError("Prometheus answers with what is no list of targets") from error


def _named(target: _Target) -> str:
    """The service, where it has one, and the address that does not answer."""
    return " ".join(part for part in (target.labels.get("service", ""), target.scrape_url) if part)


def _sent(client: httpx.Client, url: str) -> str:
    sent = sum(count for _, count in values_of(client, url, _SENT))
    failed = [
        f"{round(count)} by {labels.get('integration', '')} ({labels.get('reason') or 'no reason given'})"
        for labels, count in values_of(client, url, _FAILED)
    ]
    said = f"Notifications in the last 15 minutes: {round(sent)} tried"
    return f"{said}; failed: {', '.join(failed)}; see make logs C=alertmanager" if failed else f"{said}, none failed."
