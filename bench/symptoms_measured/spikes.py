"""Runs of agents that are as usual, and runs that take several times the tokens: how often each is a token_spike."""

from collections.abc import Iterator
from random import Random
from typing import Any

from watchkeeper.exporter.watch.token_baseline import TokenBaselines
from watchkeeper.model import Context, Trace

# How much runs of an agent differ in tokens per step: the sigma of a lognormal.
SPREADS = (0.2, 0.4, 0.6, 0.8)
TIMES = (2, 4, 6, 10)
_RUNS, _SPIKES = 20_000, 1_000
_STEP_TOKENS, _GROWTH = 1_500, 0.3
_MOST_STEPS = 30


def measure() -> list[dict[str, Any]]:
    """A row for each spread, of agents whose steps are alike and of those that send a growing history."""
    return [_row(spread, is_growing=is_growing) for is_growing in (False, True) for spread in SPREADS]


def _row(spread: float, *, is_growing: bool) -> dict[str, Any]:
    random, baselines = Random(f"{spread} {is_growing}"), TokenBaselines()  # noqa: S311  # a simulation
    alarms = sum(baselines.see(run) is not None for run in _runs(random, spread, _RUNS, is_growing=is_growing))
    found = {}
    for times in TIMES:
        # One in a hundred runs, as it would be: the others keep what is usual.
        hits = 0
        for _ in range(_SPIKES):
            for run in _runs(random, spread, 20, is_growing=is_growing):
                baselines.see(run)
            (spike,) = _runs(random, spread, 1, is_growing=is_growing, times=times)
            hits += baselines.see(spike) is not None
        found[str(times)] = hits
    return {
        "spread": spread,
        "is_growing": is_growing,
        "runs": _RUNS,
        "alarms": alarms,
        "spikes": _SPIKES,
        "found": found,
    }


def _runs(random: Random, spread: float, count: int, *, is_growing: bool, times: float = 1.0) -> Iterator[Trace]:
    for number in range(count):
        steps = min(_MOST_STEPS, 1 + int(random.expovariate(1 / 5)))
        mean_history = 1 + (_GROWTH * (steps - 1) / 2 if is_growing else 0.0)
        tokens = steps * _STEP_TOKENS * mean_history * random.lognormvariate(0, spread) * times
        context = Context(service="bot", agent="agent", time_ns=number)
        yield Trace(context=context, closed_by="root", steps=steps, input_tokens=round(tokens))
