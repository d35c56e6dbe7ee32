"""Row 3: whether Prometheus takes in and keeps what it should."""

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
            "How many samples are stored?",
            "Samples per second that Prometheus takes in. Zero for 10 minutes raises PrometheusNotIngesting.",
            house.PER_SECOND,
            [series("sum(rate(prometheus_tsdb_head_samples_appended_total[5m]))", "samples")],
        ),
        house.ranking(
            "Which targets are near their limit?",
            "Share of the samples that a scrape may bring. Above 100 % nothing of the target is stored; from 80 % on "
            "PrometheusScrapeLimitNear fires.",
            house.RATIO,
            instant(
                "topk(10, max by (job, instance) (scrape_samples_post_metric_relabeling / (scrape_sample_limit > 0)))",
                "{{job}} {{instance}}",
            ),
        ).max(1),
        house.graph(
            "Which scrapes were thrown away?",
            "Scrapes in 15 minutes that exceeded a limit, by limit; each cost its target everything it showed. "
            "0 is good.",
            house.COUNT,
            [series(f"sum(increase({metric}[15m]))", name) for name, metric in _LIMITS_HIT],
        ),
        house.graph(
            "What fails on its disk?",
            "Failures of the storage in an hour, by kind; 0 is good, and any raises PrometheusStorageFailing.",
            house.COUNT,
            [series(f"sum(increase({metric}[1h]))", name) for name, metric in _STORAGE],
        ).span(12),
        house.graph(
            "How many series does it hold?",
            "Series in memory. Each takes some kilobytes; a climb that does not end is a label that somebody fills "
            "with ids.",
            house.COUNT,
            [series("sum(prometheus_tsdb_head_series)", "series")],
        ).span(12),
    )
