"""What the reader chose at the top of the page, as label matchers, and the limits that alerts compare with."""

from grafana.src.llm_overview import filters
from grafana_foundation_sdk.builders import prometheus

SERVICE = 'service=~"$service"'


# The thresholds of every service; those with one of their own are not shown.
_OF_ALL = 'service=~"[*]|"'


def limit(alert: str, data: str) -> prometheus.Dataquery:
    """Draw a threshold where the data comes near it."""
    return filters.limit(alert, data, _OF_ALL)


def lower_limit(alert: str, data: str) -> prometheus.Dataquery:
    """Draw a threshold below which an alert fires where the data comes near it."""
    return filters.lower_limit(alert, data, _OF_ALL)
