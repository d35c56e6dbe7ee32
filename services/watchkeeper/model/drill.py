"""The mark of telemetry that only proves an alert: it costs no one anything and spends no error budget."""

DRILL_SERVICE_PREFIX = "drill-"


def is_drill(service: str) -> bool:
    """Whether a service exists for a drill only."""
    return service.startswith(DRILL_SERVICE_PREFIX)
