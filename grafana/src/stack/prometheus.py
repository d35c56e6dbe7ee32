"""Row 3: ingestion and storage of Prometheus."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, series

TITLE = "Does Prometheus keep up?"

_LIMITS_HIT = (
    ("samples", "prometheus_target_scrapes_exceeded_sample_limit_total"),
    ("size", "prometheus_target_scrapes_exceeded_body_size_limit_total"),
    ("labels", "prometheus_target_scrape_pool_exceeded_label_limits_total"),
    ("targets", "prometheus_target_scrape_pool_exceeded_target_limit_total"),
)
_STORAGE = (
    ("compaction", "prometheus_tsdb_compactions_failed_total"),
    ("reload of blocks", "prometheus_tsdb_reloads_failures_total"),
    ("write-ahead log", "prometheus_tsdb_wal_writes_failed_total"),
    ("truncation", "prometheus_tsdb_wal_truncations_failed_total"),
    ("corruption", "prometheus_tsdb_wal_corruptions_total"),
    ("checkpoint", "prometheus_tsdb_checkpoint_creations_failed_total"),
)


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        house.graph(
            "Ingested samples",
            "Samples per second. At zero for 10 minutes PrometheusNotIngesting fires.",
            house.SAMPLES_PER_SECOND,
            [series("sum(rate(prometheus_tsdb_head_samples_appended_total[5m]))", "samples")],
        ),
        house.ranking(
            "Sample limit usage by target",
            "Share of the sample limit of a scrape. Above 100 % the whole scrape is dropped; from 80 % on "
            "PrometheusScrapeLimitNear fires.",
            house.RATIO,
            instant(
                "topk(6, max by (job, instance) (scrape_samples_post_metric_relabeling / (scrape_sample_limit > 0)))",
                "{{job}} {{instance}}",
            ),
        ).max(1),
        house.graph(
            "Dropped scrapes",
            "Scrapes in 15 minutes that exceeded a limit, by limit; each was dropped as a whole. 0 is good.",
            house.COUNT,
            [series(f"sum(increase({metric}[15m]))", name) for name, metric in _LIMITS_HIT],
        ),
        house.graph(
            "Storage failures",
            "Failures in an hour, by kind; 0 is good, and at any PrometheusStorageFailing fires.",
            house.COUNT,
            [series(f"sum(increase({metric}[1h]))", name) for name, metric in _STORAGE],
        ).span(12),
        house.graph(
            "Series in memory",
            "Each takes some kilobytes; a continuous climb means a label filled with ids.",
            house.COUNT,
            [series("sum(prometheus_tsdb_head_series)", "series")],
        ).span(12),
    )
