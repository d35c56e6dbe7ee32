"""How long the exporter has lived, by a wall clock that may jump: what series and places of labels age by."""


class Lifetime:
    """``seconds`` grow by what passes between two ticks.

    A clock that was set, or a machine that slept, shows in a step that is negative or longer than two ticks: it counts
    as one tick, so that nothing ages at once and nothing stays forever.
    """

    def __init__(self, tick_seconds: float = 60.0) -> None:
        self.tick_seconds = tick_seconds
        self.seconds = 0.0
        self._last: float | None = None

    def advance(self, now: float) -> None:
        """Note the time, in Unix seconds; to be called once a tick."""
        if self._last is not None:
            step = now - self._last
            self.seconds += step if 0 <= step <= 2 * self.tick_seconds else self.tick_seconds
        self._last = now
