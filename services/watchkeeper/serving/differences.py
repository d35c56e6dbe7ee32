"""Reports, as a metric and a line, where what a component runs with is not what its files say."""

from collections.abc import Sequence

import structlog

from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# What a line names; the first few say what happened.
_NAMED = 5
_NAMED_LENGTH = 300


class DifferenceReport:
    """Sets how many places differ, by component; no sample while that is not known."""

    def __init__(self, store: MetricStore) -> None:
        self._family = store.families["watchkeeper_rules_differ"]
        self._reported: dict[str, Sequence[str]] = {}

    def report(self, component: str, found: Sequence[str]) -> None:
        """Set the gauge; a line when other places differ than before."""
        self._family.set((component,), len(found))
        if found and found != self._reported.get(component):
            first = [place[:_NAMED_LENGTH] for place in found[:_NAMED]]
            log.warning("rules_differ", component=component, differences=len(found), first=first)
        self._reported[component] = found

    def forget(self, component: str) -> None:
        """Take the sample away: what is not known is not said to agree."""
        self._family.drop((component,))
