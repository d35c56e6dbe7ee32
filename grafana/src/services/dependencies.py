"""Row 2: what services wait for."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import series

TITLE = "What do services wait for?"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "How slow are database queries?",
            "95 of 100 queries are faster. Above the dashed line DatabaseQueriesSlow fires when it stays there "
            "for 10 minutes. A gap means no queries, or a service that does not measure them.",
            house.SECONDS,
            [
                series(f"service:db_query_duration_seconds:p95_rate5m{{{SERVICE}}}", "{{service}}"),
                limit("DatabaseQueriesSlow"),
            ],
        ),
        house.graph(
            "How full are connection pools?",
            "Share of a pool's connections in use, of the fullest process. At 100 % requests wait for a connection. "
            "Above the dashed line ConnectionPoolNearlyFull fires after 5 minutes.",
            house.RATIO,
            [
                series(f"service_pool:db_connections_used:ratio{{{SERVICE}}}", "{{service}} {{pool}}"),
                limit("ConnectionPoolNearlyFull"),
            ],
        ),
        house.graph(
            "What do caches find?",
            "Share of lookups that found something, over 15 minutes. Below the dashed line CacheHitRateLow fires "
            "when it stays there for 15 minutes and is asked often enough.",
            house.RATIO,
            [
                series(f"service_cache:cache_hits:ratio_rate15m{{{SERVICE}}}", "{{service}} {{cache}}"),
                limit("CacheHitRateLow"),
            ],
        ),
    )
