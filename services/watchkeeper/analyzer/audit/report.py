"""What is known of one destination, as metrics."""

import time
from collections.abc import Mapping

from watchkeeper.metrics.store import MetricStore


class AuditReport:
    """The samples of one destination, of the signal that it is asked for."""

    def __init__(self, destination: str, signal: str, store: MetricStore) -> None:
        self._labels = (destination, signal)
        self._families = store.families

    def requested(self, outcome: str) -> None:
        """Count a request: ok, or the kind of its error."""
        self._families["watchkeeper_forward_audit_requests_total"].add((self._labels[0], outcome), 1, time.time())

    def decided(self, outcomes: Mapping[str, int]) -> None:
        """Count items: found, missing, or the error for which that is not known."""
        for outcome, items in outcomes.items():
            self._families["watchkeeper_forward_audited_total"].add((*self._labels, outcome), items, time.time())

    def waiting(self, items: int) -> None:
        """Show how many items are not decided yet."""
        self._families["watchkeeper_forward_audit_queue_entries"].set(self._labels, items)


def show_apis(apis: Mapping[str, str], store: MetricStore) -> None:
    """Show how each destination is asked: its API, or none."""
    for destination, api in apis.items():
        store.families["watchkeeper_forward_audit_info"].set((destination, api), 1.0)
