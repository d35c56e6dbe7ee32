"""The figures of bench/scenarios.py, as it writes them and as the page reads them; without its libraries."""

import msgspec


class Came(msgspec.Struct, frozen=True):
    """A notification: so many minutes after the change."""

    alert: str
    severity: str
    minutes: int


class Outcome(msgspec.Struct, frozen=True):
    """One scenario as it went; ``has_waiting`` if calls took their time, so that alerts about latency were asked."""

    scenario: str
    expected: tuple[tuple[str, ...], ...]
    came: tuple[Came, ...]
    false_alarms: tuple[str, ...]
    has_waiting: bool = False

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """The alerts of which none came."""
        came = {one.alert for one in self.came}
        return [names for names in self.expected if came.isdisjoint(names)]
