"""What an older Prometheus, replacing the pinned one, cannot read: rendered away, or given as flags."""

import re
from typing import Any

from watchkeeper.config import fast_yaml

# Source: Prometheus' changelog; `anchored` and `smoothed` came with 3.8, retention in the file with 3.11,
# labels of OTLP scopes with 3.6. What 3.5 has as a feature flag only, the metrics about scrapes, it goes without.
_EXTENDED_RANGE = re.compile(r"\]\s+(?:anchored|smoothed)\b")


def for_older_prometheus(text: str) -> str:
    """A Prometheus or rule file without extended ranges, whose sums are then extrapolated, and without storage."""
    tree = _without_extended_ranges(fast_yaml.load(text))
    if isinstance(tree, dict):
        tree.pop("storage", None)
        (tree.get("global") or {}).pop("extra_scrape_metrics", None)
        (tree.get("otlp") or {}).pop("promote_scope_metadata", None)
    return fast_yaml.dump(tree)


def retention_flags(text: str) -> list[str]:
    """The retention of a Prometheus file as flags."""
    retention = (fast_yaml.load(text).get("storage") or {}).get("tsdb", {}).get("retention") or {}
    return [f"--storage.tsdb.retention.{key}={value}" for key, value in retention.items() if key in ("time", "size")]


def _without_extended_ranges(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_extended_ranges(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_without_extended_ranges(item) for item in tree]
    return extrapolated(tree) if isinstance(tree, str) else tree


def extrapolated(query: str) -> str:
    """A query without extended ranges."""
    return _EXTENDED_RANGE.sub("]", query)
