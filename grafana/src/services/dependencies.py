"""Row 2: dependencies of services."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit, lower_limit
from grafana.src.sources import series

TITLE = "Databases and caches"
NO_DATA = "no service measures it, or none is scraped: docs/how-to/scrape-a-service.md lists the names"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Database query latency (p95)",
            "p95 latency. Above the dashed line DatabaseQueriesSlow fires when it stays there "
            "for 10 minutes. A gap means no queries, or a service that does not measure them.",
            house.SECONDS,
            [
                series(f"service:db_query_duration_seconds:p95_rate5m{{{SERVICE}}}", "{{service}}"),
                limit("DatabaseQueriesSlow", f"service:db_query_duration_seconds:p95_rate5m{{{SERVICE}}}"),
            ],
        ),
        house.graph(
            "Connection pool usage",
            "Share of a pool's connections in use, in the process with the highest usage. At 100 % requests wait. "
            "Above the dashed line ConnectionPoolNearlyFull fires after 5 minutes.",
            house.RATIO,
            [
                series(f"service_pool:db_connections_used:ratio{{{SERVICE}}}", "{{service}} {{pool}}"),
                limit("ConnectionPoolNearlyFull", f"service_pool:db_connections_used:ratio{{{SERVICE}}}"),
            ],
        ),
        house.graph(
            "Cache hit rate",
            "Over 15 minutes. Below the dashed line CacheHitRateLow fires "
            "when it stays there for 15 minutes with enough lookups.",
            house.RATIO,
            [
                series(f"service_cache:cache_hits:ratio_rate15m{{{SERVICE}}}", "{{service}} {{cache}}"),
                lower_limit("CacheHitRateLow", f"service_cache:cache_hits:ratio_rate15m{{{SERVICE}}}"),
            ],
            lowest=True,
        ),
    )
