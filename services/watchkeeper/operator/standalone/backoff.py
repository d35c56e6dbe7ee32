"""When a process that has died is started again: soon, and ever later while it goes on dying. Pure."""

from dataclasses import dataclass

FIRST_SECONDS = 1.0
# As Docker does it: double, up to a minute.
MOST_SECONDS = 60.0
# What has run for so long did not die of its start.
STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaths:
    """How often a process died without a steady time between, when it was last seen to, and started; monotonic."""

    count: int = 0
    started_at: float = 0.0
    died_at: float | None = None

    def dead(self, now: float) -> "Deaths":
        """It is seen dead; what ran for a steady time begins to count anew."""
        if self.died_at is not None:
            return self
        is_steady = now - self.started_at >= STEADY_SECONDS
        return Deaths(count=1 if is_steady else self.count + 1, started_at=self.started_at, died_at=now)

    def started(self, now: float) -> "Deaths":
        """It runs again."""
        return Deaths(count=self.count, started_at=now)

    def is_due(self, now: float) -> bool:
        """Whether it is time to start it again."""
        if self.died_at is None:
            return False
        return now - self.died_at >= min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(self.count - 1, 10))
