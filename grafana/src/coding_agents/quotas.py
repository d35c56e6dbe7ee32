"""Row 3: how much of each quota is used."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.coding_agents.filters import TEAMS
from grafana.src.house import PanelBuilder
from grafana.src.sources import rows, series

TITLE = "Quotas"
NO_DATA = "no quota in watchkeeper.yml, or nothing used of it: docs/how-to/watch-coding-agents.md shows how to add one"

_USED = f"sum by (quota, per, window, spender, team) (llm_coding_agent_quota_used_ratio{{{TEAMS}}})"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.column_with_thresholds(
            house.with_widths(
                house.listing(
                    "Quota usage",
                    "Share of a quota that a user (a keyed hash), team or tenant used in the rolling window, of those "
                    "that used most. CodingAgentQuotaUsed fires from 80 % on.",
                    rows(f"sort_desc({_USED})"),
                    {"spender": "who", "Value": "used", "quota": "quota", "window": "window", "team": "team"},
                ).unit(house.RATIO),
                {"quota": 110, "window": 75},
            ),
            "used",
            house.USED,
        ).span(12),
        house.graph(
            "Quota usage over time",
            "Share of a quota that each used. From the dashed line on CodingAgentQuotaUsed fires, more urgently at "
            "100 %.",
            house.RATIO,
            [
                series(f"max by (quota, spender) ({_USED})", "{{quota}}, {{spender}}"),
                series(f"0 * max({_USED}) + 0.8", house.LIMIT),
            ],
        ).span(12),
    )
