"""The PromQL of windows: one query for the current one of a feature and one for all of its reference, by services."""

from collections.abc import Sequence

from watchkeeper.analyzer.comparison.features import Feature
from watchkeeper.analyzer.comparison.settings import Settings

# The label that says which window of the reference a sample belongs to: its offset in seconds.
OFFSET = "reference_offset"
# Alerts that are provoked by a drill bring services of their own.
_NO_DRILL = 'service!~"drill-.*"'


def current_query(feature: Feature, settings: Settings) -> str:
    """The increase of a feature over the current window."""
    return _increase(feature, settings.window_seconds, 0)


def reference_query(feature: Feature, settings: Settings) -> str:
    """The increase over each window of the reference, told apart by the label ``reference_offset``."""
    return _increases(feature, settings.window_seconds, settings.offsets)


def parts_query(feature: Feature, seconds: float, parts: int) -> str:
    """The increase over each of so many equal parts of the current window, told apart in the same way."""
    return _increases(feature, seconds / parts, [seconds / parts * part for part in range(parts)])


def _increases(feature: Feature, seconds: float, offsets: Sequence[float]) -> str:
    return " or ".join(
        f'label_replace({_increase(feature, seconds, offset)}, "{OFFSET}", "{offset:.0f}", "", "")'
        for offset in offsets
    )


def own_history_query(days: int, least_hours: int, offset_seconds: float) -> str:
    """The 95th percentile of each series' own distance, once it has so many hours of it."""
    scores = 'max by (service, feature) (llm_drift_score{method=~"psi|centroid", against=""})'
    past = f"{scores}[{days}d:1h] offset {offset_seconds:.0f}s"
    return f"quantile_over_time(0.95, {past}) and count_over_time({past}) >= {least_hours}"


def _increase(feature: Feature, seconds: float, offset: float) -> str:
    metric = f"{feature.metric}_bucket" if feature.is_histogram else feature.metric
    labels = ", ".join(["service", *feature.labels, "le" if feature.is_histogram else feature.category])
    where = f"{_NO_DRILL}, {feature.where}" if feature.where else _NO_DRILL
    moved = f" offset {offset:.0f}s" if offset else ""
    return f"sum by ({labels}) (increase({metric}{{{where}}}[{seconds * 1000:.0f}ms]{moved}))"
