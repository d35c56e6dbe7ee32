"""How drift is looked for, as it is in watchkeeper.yml."""

from typing import Literal

from watchkeeper.config.section import Limit, Name, Quantity, Section

CompareWith = Literal["same_hours", "same_weekday", "all_hours"]


class DriftOverride(Section):
    """What is different for some series: of ``service`` and ``feature``, with * and ? as wildcards.

    The first override that fits is used; what it leaves out is as for all others.
    """

    service: Name = "*"
    feature: Name = "*"
    enabled: bool = True
    window_seconds: Limit | None = None
    compare_with: CompareWith | None = None
    least_values: Quantity | None = None


class Drift(Section):
    """The last ``window_seconds`` of every feature are compared with windows of the same length before them.

    ``same_hours``: those of the seven days before, and by itself that of the same weekday; ``same_weekday``: those of
    the four weeks before; ``all_hours``: all of the week before, for what has no daily pattern.
    Fewer than ``least_values`` in the current window are no data.
    """

    enabled: bool = True
    window_seconds: Limit = 6 * 3600.0
    compare_with: CompareWith = "same_hours"
    least_values: Quantity = 100
    overrides: tuple[DriftOverride, ...] = ()
