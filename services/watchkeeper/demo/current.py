"""Which scenario holds now, and since when."""

import time
from collections.abc import Callable

from watchkeeper.demo.assistant.build import Build
from watchkeeper.demo.provider.behaviour import USUAL, Behaviour
from watchkeeper.demo.scenarios import STEADY, Scenario


class Current:
    """The scenario of now, and when the steady one comes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, time_scale: float = 1.0) -> None:
        """``time_scale`` is how many minutes of a scenario pass in one of the clock's."""
        self._clock, self._time_scale = clock, time_scale
        self._scenario = STEADY
        self._since = self._until = 0.0

    def change(self, scenario: Scenario, minutes: float) -> None:
        """Take a scenario for some minutes."""
        self._scenario, self._since = scenario, self._clock()
        self._until = self._since + minutes * 60

    @property
    def scenario(self) -> Scenario:
        """What holds now."""
        return self._scenario if self._clock() < self._until else STEADY

    @property
    def minutes_left(self) -> float:
        """For how long it holds; 0 for the steady one."""
        return max(0.0, (self._until - self._clock()) / 60)

    def behaviour(self, service: str) -> Behaviour:
        """How the model server answers a service."""
        if service not in self.scenario.services:
            return USUAL
        return self.scenario.behaviour.after((self._clock() - self._since) / 60 * self._time_scale)

    def build(self, service: str) -> Build:
        """The version of the application that a service runs."""
        return self.scenario.build_of(service)
