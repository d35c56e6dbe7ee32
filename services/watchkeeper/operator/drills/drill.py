"""One drill: make the condition true, follow the alert hop by hop to the receiver, end it, follow it back."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from watchkeeper.errors import EngineAwayError, WatchkeeperError
from watchkeeper.operator.drills.condition import SeriesCondition
from watchkeeper.operator.drills.live import LiveStack, Rule
from watchkeeper.operator.drills.log_lines import LogCondition, LogRecipe
from watchkeeper.operator.drills.recipe import Recipe

HOPS = ("pending", "firing", "Alertmanager", "receiver", "resolved")

_LOOK_EVERY_SECONDS = 1.0
# A rule that looks back over an hour or more still sees the condition that long after its end.
_LONGEST_WAIT_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many times as fast as shipped the rules of a stack are, and how long is waited beyond their times.

    That is what group waits and resend delays add to the times that a rule and its group name, and what a busy machine
    does, whose time nothing shortens.
    """

    time_scale: float = 1.0
    patience_seconds: float = 300.0


SHIPPED = Pace()


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a drill saw: seconds from its beginning until each hop; ``problem`` is empty when all was well.

    ``note`` says what was not waited for.
    """

    alert: str
    severity: str = ""
    hops: dict[str, float] = field(default_factory=dict)
    problem: str = ""
    note: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether the alert reached its receiver, and resolved there if that was waited for."""
        return "receiver" in self.hops and not self.problem


class Condition(Protocol):
    """What the rule looks for; ``lookback_seconds`` is how far back it looks, known once the condition has begun."""

    @property
    def lookback_seconds(self) -> float:
        """How long the rule still sees the condition after its end."""
        ...

    async def begin(self) -> None:
        """Make it true."""
        ...

    async def go_on(self, now: float) -> None:
        """Keep it true."""
        ...

    async def end(self, now: float) -> None:
        """Let it end."""
        ...


class Drill:
    """Runs one recipe on a stack; ``on_hop`` is notified of each hop as it is reached."""

    def __init__(
        self,
        recipe: Recipe | LogRecipe,
        stack: LiveStack,
        on_hop: Callable[[Outcome, str], None],
        pace: Pace = SHIPPED,
    ) -> None:
        self._recipe = recipe
        self._stack = stack
        self._on_hop = on_hop
        self._pace = pace
        self._outcome = Outcome(alert=recipe.alert, severity=recipe.severity)

    async def run(self) -> Outcome:
        """Run until the alert has resolved at the receiver or a hop was not reached in time; never raises."""
        try:
            await self._run()
        except WatchkeeperError as problem:
            self._outcome.problem = str(problem)
        return self._outcome

    async def _run(self) -> None:
        rule = await self._rule()
        began = time.time()
        condition = self._condition(began)
        patience = self._pace.patience_seconds
        await condition.begin()
        try:
            deadline = began + rule.for_seconds + 2 * rule.interval_seconds + patience
            for hop, is_there in self._way_out(condition, began).items():
                await self._reach(hop, began, deadline, is_there)
        finally:
            await condition.end(time.time())
        if condition.lookback_seconds > _LONGEST_WAIT_SECONDS / self._pace.time_scale:
            hours = condition.lookback_seconds / 3600
            self._outcome.note = f"its end is not waited for: the rule looks back over {hours:.0f} h"
            return
        deadline = time.time() + rule.keep_firing_seconds + condition.lookback_seconds + 2 * patience
        await self._reach("resolved", began, deadline, lambda: self._is_reported("resolved", began))

    def _condition(self, began: float) -> Condition:
        if isinstance(self._recipe, LogRecipe):
            return LogCondition(self._recipe, self._stack, time_scale=self._pace.time_scale)
        return SeriesCondition(self._recipe, self._stack, now=began, time_scale=self._pace.time_scale)

    def _way_out(self, condition: Condition, began: float) -> dict[str, Callable[[], Awaitable[bool]]]:
        """The hops until the receiver, each with its question; asking keeps the condition true."""

        async def is_pending() -> bool:
            return await self._state(condition) != "inactive"

        async def is_firing() -> bool:
            return await self._state(condition) == "firing"

        async def is_held() -> bool:
            await condition.go_on(time.time())
            return await self._stack.is_held(self._recipe.alert, self._recipe.mark_label, self._recipe.mark)

        async def is_delivered() -> bool:
            await condition.go_on(time.time())
            return await self._is_reported("delivered", began)

        return {"pending": is_pending, "firing": is_firing, "Alertmanager": is_held, "receiver": is_delivered}

    async def _rule(self) -> Rule:
        judge = self._recipe.judge
        for rule in await self._stack.rules("alert", judge):
            if rule.name == self._recipe.alert and rule.labels.get("severity") == self._recipe.severity:
                return rule
        raise WatchkeeperError(f"{judge} runs no rule {self._recipe.alert} of severity {self._recipe.severity}")

    async def _reach(self, hop: str, began: float, deadline: float, is_there: Callable[[], Awaitable[bool]]) -> None:
        while not await self._sees(is_there, deadline):
            if time.time() > deadline:
                last = next(reversed(self._outcome.hops), "the condition was written")
                raise WatchkeeperError(
                    f"not {hop} {deadline - began:.0f} s after the beginning; the last hop was: {last}"
                )
            await asyncio.sleep(_LOOK_EVERY_SECONDS / self._pace.time_scale)
        self._outcome.hops[hop] = time.time() - began
        self._on_hop(self._outcome, hop)

    @staticmethod
    async def _sees(is_there: Callable[[], Awaitable[bool]], deadline: float) -> bool:
        """Ask; who does not answer in time is asked again until the deadline, and is named after it."""
        try:
            return await is_there()
        except EngineAwayError:
            if time.time() > deadline:
                raise
            return False

    async def _state(self, condition: Condition) -> str:
        await condition.go_on(time.time())
        return await self._stack.state(
            self._recipe.judge, self._recipe.alert, self._recipe.mark_label, self._recipe.mark
        )

    async def _is_reported(self, stage: str, since: float) -> bool:
        return await self._stack.reported_at(self._recipe.alert, stage) >= since
