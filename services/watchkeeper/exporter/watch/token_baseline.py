"""What a step of an agent usually takes in tokens, and runs that take several times as many.

Where a library sends the whole history with every request, each step takes more tokens than the one before. So a run is
compared with runs of about as many steps: of one, of two and three, of four to seven, and so on.
"""

from collections import deque
from collections.abc import Sequence
from math import exp, log
from statistics import median

import msgspec

from watchkeeper.exporter.watch.repeats import Generations
from watchkeeper.model import Trace

# Agents of all services, by their number of steps; 64 numbers each, 10 MB at most.
_AGENTS = 16_384
_RUNS = 64
# Fewer say little about what is usual.
_FEWEST_RUNS = 20
_TIMES = 3.0
# Of agents whose runs differ by the factor of two and more, one in eleven takes three times the usual tokens; one in
# 250 is further off than this (bench/symptoms_measured.py).
_SIGMAS = 3.0
# From the median deviation to the standard deviation of a normal distribution.
_OF_MEDIAN = 1.4826


class Spike(msgspec.Struct, frozen=True, gc=False):
    """Tokens per step of a run, and what is usual for its agent."""

    tokens_per_step: float
    usual: float


class TokenBaselines(Generations[int, "deque[float]"]):
    """The last runs of each agent. Names are kept as hashes, which are secret to the process."""

    def __init__(self, capacity: int = _AGENTS) -> None:
        super().__init__(capacity)

    def see(self, trace: Trace) -> Spike | None:
        """Compare a run with those before it, and remember it; None where it is usual, or nothing is known yet.

        Only of agents: what else an application does has no step that is like another.
        """
        context, tokens = trace.context, trace.tokens
        if tokens is None or not trace.steps or not context.agent:
            return None
        key = hash((context.tenant, context.service, context.agent, trace.steps.bit_length()))
        runs = self.of(key)
        if runs is None:
            runs = deque(maxlen=_RUNS)
            self.keep(key, runs)
        per_step = tokens / trace.steps
        spike = _spike(per_step, runs) if len(runs) >= _FEWEST_RUNS else None
        runs.append(per_step)
        return spike


def _spike(per_step: float, runs: Sequence[float]) -> Spike | None:
    """Several times as much as usual, and further from it than the agent's runs differ among themselves."""
    usual = median(runs)
    if per_step <= _TIMES * usual or per_step <= usual * exp(_SIGMAS * _spread(runs, usual)):
        return None
    return Spike(per_step, usual)


def _spread(runs: Sequence[float], usual: float) -> float:
    """The standard deviation of the logarithms, by their median deviation: a spike before does not widen it."""
    return _OF_MEDIAN * median(abs(log(max(run, 1.0) / max(usual, 1.0))) for run in runs)
