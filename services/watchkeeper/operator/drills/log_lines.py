"""What makes an alert over log lines fire: lines like those it looks for, marked so that no one takes them for real."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from watchkeeper.operator.drills.live import LiveStack

_LINE = '{"note":"written by a drill"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecipe:
    """``count`` lines with these labels and structured metadata make the alert fire.

    ``mark`` is the service of the lines: Loki sets drill="true" on the alerts of such services (alert_relabel_configs
    in loki.yml). ``lookback_seconds`` is the window of the rule.
    """

    judge: ClassVar[str] = "loki"
    mark_label: ClassVar[str] = "service"

    alert: str
    severity: str
    mark: str
    labels: Mapping[str, str]
    metadata: Mapping[str, str]
    count: int
    lookback_seconds: float


LOG_RECIPES = {
    recipe.alert: recipe
    for recipe in (
        LogRecipe(
            alert="LLMCallErrorsLogged",
            severity="low",
            mark="drill-LLMCallErrorsLogged",
            labels={"event": "llm_call_completed", "level": "error"},
            metadata={"team": "drill", "error_type": "server"},
            count=20,
            lookback_seconds=600,
        ),
        LogRecipe(
            alert="WatchkeeperErrorsLogged",
            severity="low",
            # Only services of this name are parts of the stack to the rule.
            mark="watchkeeper-drill",
            labels={"level": "error"},
            metadata={},
            count=10,
            lookback_seconds=600,
        ),
        LogRecipe(
            alert="WatchkeeperNotScraped",
            severity="critical",
            mark="watchkeeper-drill",
            labels={"event": "scrape_overdue", "level": "warning"},
            metadata={},
            count=2,
            lookback_seconds=180,
        ),
    )
}


class LogCondition:
    """The lines of a recipe in Loki; they stay in the window of the rule until it has passed over them.

    ``time_scale`` divides the window, for a stack whose rules are shortened as much.
    """

    def __init__(self, recipe: LogRecipe, stack: LiveStack, *, time_scale: float = 1.0) -> None:
        self._recipe = recipe
        self._stack = stack
        self.lookback_seconds = recipe.lookback_seconds / time_scale

    async def begin(self) -> None:
        """Write the lines."""
        labels = {**self._recipe.labels, self._recipe.mark_label: self._recipe.mark}
        await self._stack.push(labels, self._recipe.metadata, [_LINE] * self._recipe.count)

    async def go_on(self, now: float) -> None:
        """Do nothing: the window is longer than the alert's way to its receiver."""

    async def end(self, now: float) -> None:
        """Do nothing: lines cannot be taken back."""
