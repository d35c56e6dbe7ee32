"""What the reader chose at the top of the page, as label matchers, and the limits that alerts compare with."""

from grafana.src import house
from grafana.src.sources import series
from grafana_foundation_sdk.builders import prometheus

SERVICE = 'service=~"$service"'


def limit(alert: str) -> prometheus.Dataquery:
    """The limit of every service; those with one of their own are not shown."""
    return series(f'max(llm_alert_threshold{{alert="{alert}",service=~"[*]|"}})', house.LIMIT)
