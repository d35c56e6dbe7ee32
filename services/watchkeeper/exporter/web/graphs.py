"""Graphs of our pages: SVG made here, shown as pictures, so that a page has no script and no style of its own."""

import base64
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Points = Sequence[tuple[float, float]]
Format = Callable[[float], str]

# pygal writes its own name, the date, and settings for a script that is not there.
_NOT_DRAWN = re.compile(r"<!--.*?-->|<script.*?</script>", re.DOTALL)
_TICKS = 4
# From here on three digits would need an exponent.
_MOST = 9.995e14
_ROUNDS_UP = 0.9995
# A picture knows nothing of the page around it, but whether its reader wants it dark. Contrast with white and with
# Chromium's dark #121212 is at least 4.5 for text.
_CSS = """inline:
  text { font: 11px system-ui, sans-serif; fill: #595959; }
  .background { fill: none; } .nofill { fill: none; } .guide.line { fill: none; stroke: #8883; }
  .axis .line { stroke: #8885; } .line { fill: none; stroke-width: 1.6; }
  .color-0 { stroke: #1f6fb2; } .color-1 { stroke: #c0392b; stroke-dasharray: 5 3; }
  .axis.x text { text-anchor: middle; } .axis.y text { text-anchor: end; }
  @media (prefers-color-scheme: dark) {
    text { fill: #b0b0b0; } .color-0 { stroke: #6cb2f5; } .color-1 { stroke: #ff8a7a; } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a graph, in CSS pixels."""

    width: int
    height: int


def graph(value: Points, limit: Points, size: Size, format_value: Format) -> str:
    """Return a ``data:`` URL of a line over time, with a broken line where the limit is; times are in UTC."""
    chart = _pygal().XY(
        js=[],
        css=[_CSS],
        width=size.width,
        height=size.height,
        margin=6,
        margin_right=22,  # half of the last time
        show_legend=False,
        show_dots=False,
        include_x_axis=True,
        allow_interruptions=True,
        disable_xml_declaration=True,
        x_value_formatter=_clock,
        value_formatter=format_value,
        max_scale=4,
    )
    chart.x_labels = _ticks([*value, *limit])
    chart.add("value", list(value))
    if limit:
        chart.add("limit", list(limit))
    svg = _NOT_DRAWN.sub("", chart.render(is_unicode=True))
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _pygal() -> Any:
    # Loaded where a page asks for it: it takes more memory than the rest of the pages.
    import pygal

    # Its finder of plug-ins is of Python 2's kind: every later import would warn of it.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


def short(value: float) -> str:
    """A number for people: three digits that count, with k, M, G or T for many."""
    if abs(value) >= _MOST:
        return "over 1000T" if value > 0 else "below -1000T"
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor * _ROUNDS_UP:
            return f"{value / factor:.3g}{unit}"
    if value and abs(value) < 0.001:  # noqa: PLR2004  # less is no number that people read
        return f"{Decimal(f'{value:.1e}'):f}"
    return f"{value:.3g}"


def _ticks(points: Points) -> list[float]:
    if not points:
        return []
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    return [first + (last - first) * tick / _TICKS for tick in range(_TICKS + 1)]


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")
