"""Alerts of Alertmanager's webhook: they were decoded into facts, and belong to no tenant."""

from watchkeeper.exporter.batch import Batch
from watchkeeper.model import Incident


class AlertReader:
    """Reads alerts that fired or resolved."""

    def read(self, incident: Incident, _batch: Batch) -> tuple[Incident]:
        """Return the incident as it is: its labels say whose service it is about."""
        return (incident,)
