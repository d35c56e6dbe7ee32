"""Counters over a past: what one conversation counts, times the conversations of each step. Pure, but for its seed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from watchkeeper.operator.history.shape import Shape
from watchkeeper.operator.history.store import Array, Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Conversations of a service that were all alike: how many in each step, and what each of them counts.

    ``renamed`` are labels that are other than they were measured, as the service or the version of the prompt.
    """

    shape: Shape
    service: str
    conversations: Array
    renamed: Mapping[str, str] = field(default_factory=dict)

    def series(self) -> Iterator[tuple[Labels, Array]]:
        """Each series with what it counted after each step."""
        total = np.cumsum(self.conversations)
        for labels, each in self.shape.of(self.service):
            named = {name: self.renamed.get(name, value) for name, value in labels.items()}
            # What is counted is counted whole, but money and seconds.
            counted = total * each
            yield named, counted if labels["__name__"].endswith(("_sum", "_dollars_total")) else np.floor(counted)


def conversations(steps: Iterable[float], expected_a_step: float, season: Callable[[float], float], seed: int) -> Array:
    """How many conversations each step has, by chance, at the Unix times of the steps."""
    expected = np.array([expected_a_step * season(at) for at in steps])
    return np.random.default_rng(seed).poisson(expected)


def together(phases: Iterable[Phase], labels: Mapping[str, str]) -> list[tuple[Labels, Array]]:
    """Series of all phases, those with the same labels added up; each gets ``labels`` as well."""
    found: dict[tuple[tuple[str, Any], ...], Array] = {}
    for phase in phases:
        for named, values in phase.series():
            key = tuple(sorted({**named, **labels}.items()))
            found[key] = found[key] + values if key in found else values
    return [(dict(key), values) for key, values in found.items()]
