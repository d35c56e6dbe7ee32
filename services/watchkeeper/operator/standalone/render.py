"""The shipped config files as the local processes need them: other addresses and paths, the same content.

Pure: file texts in, file texts out. Every change is made on the YAML tree, never on the text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.config import fast_yaml
from watchkeeper.operator.standalone.durations import DURATION, shorten, shorten_ranges

Tree = Any

# Keys whose values are times of waiting or repeating. Retention, limits and timeouts of requests keep their length.
_TIMING_KEYS = {
    "for",
    "keep_firing_for",
    "interval",
    "limit_interval",
    "query_offset",
    "scrape_interval",
    "scrape_timeout",
    "evaluation_interval",
    "refresh_interval",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "resend_delay",
    "poll_interval",
    "sync_period",
    "batchwait",
    "min_ready_duration",
}


# Waits for engines that start, which takes them as long as it does: 20 seconds of its 5 minutes are the least.
_SLOW_KEYS, _SLOW_SCALE = {"resolve_timeout"}, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What to put in place of what.

    ``addresses`` maps ``host:port`` inside compose to ``host:port`` here, or any address to another,
    ``paths`` a folder inside a container to a folder here. ``time_scale`` divides every waiting time; 1 leaves them.
    ``has_older_prometheus`` says that another release than the pinned one will read the files.
    """

    addresses: Mapping[str, str]
    paths: Mapping[str, str]
    time_scale: float = 1.0
    has_older_prometheus: bool = False

    @property
    def keeps_rules(self) -> bool:
        """Whether rules stay as they are shipped: they name no address and no folder."""
        return self.time_scale == 1 and not self.has_older_prometheus


def render_file(text: str, rendering: Rendering) -> str:
    """One YAML file of Prometheus, Alertmanager, Loki or Promtail, rendered."""
    tree = _walk(fast_yaml.load(text), lambda value: replace_places(value, rendering))
    return fast_yaml.dump(_scaled(tree, rendering.time_scale))


def replace_places(value: str, rendering: Rendering) -> str:
    """Replace addresses and folders wherever they are in a string."""
    for address, here in rendering.addresses.items():
        if address in value:
            value = re.sub(rf"(?<![\w.-]){re.escape(address)}(?!\d)", _literal(here), value)
    for folder, here in rendering.paths.items():
        if folder in value:
            value = re.sub(rf"(?<![\w./-]){re.escape(folder)}(?=/|$)", _literal(here), value)
    return value


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")


def _walk(tree: Tree, change: Callable[[str], str]) -> Tree:
    if isinstance(tree, dict):
        return {key: _walk(value, change) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_walk(item, change) for item in tree]
    return change(tree) if isinstance(tree, str) else tree


def _scaled(tree: Tree, time_scale: float) -> Tree:
    if time_scale == 1:
        return tree
    if isinstance(tree, list):
        return [_scaled(item, time_scale) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {key: _scaled_value(key, value, time_scale) for key, value in tree.items()}


def _scaled_value(key: str, value: Tree, time_scale: float) -> Tree:
    if key == "expr":
        return shorten_ranges(str(value), time_scale)
    if key in _TIMING_KEYS | _SLOW_KEYS and isinstance(value, str) and DURATION.fullmatch(value):
        return shorten(value, min(time_scale, _SLOW_SCALE) if key in _SLOW_KEYS else time_scale)
    return _scaled(value, time_scale)
