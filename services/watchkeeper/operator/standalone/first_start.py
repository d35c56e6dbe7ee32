"""A first start, at which engines are fetched or built for minutes: who can run meanwhile, and what is expected."""

from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from watchkeeper.engines.alertmanager import Alertmanager
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.catalogue import ENGINES
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.readiness import new_client

_NAMES = frozenset(engine.name for engine in ENGINES)
# Prometheus would report that it reaches no Alertmanager, the analyzer that it reaches no engine.
_WAITS_FOR: Mapping[str, Set[str]] = {"prometheus": {"prometheus", "alertmanager"}, "analyzer": _NAMES}
# All engines are built in 24 minutes at most, as measured on two busy cores.
_LASTS = timedelta(minutes=30)


def able_with(there: Set[str], components: Iterable[Component]) -> list[Component]:
    """Those of the components that can run with the engines that are ``there``, by name."""
    missing = _NAMES - there
    return [item for item in components if not _WAITS_FOR.get(item.name, {item.name}) & missing]


def expect_missing(alertmanager: Component, names: Iterable[str]) -> None:
    """Let no one be notified that a target is down which was never started; one message too many harms nobody."""
    until = datetime.now(UTC) + _LASTS
    comment = "first start: it runs as soon as all engines are fetched"
    with new_client() as client, suppress(EngineError):
        for name in sorted(names):
            labels = {"alertname": "TargetDown", "job": name}
            Alertmanager(client, alertmanager.local_url("")).silence(labels, until, "make up", comment)
