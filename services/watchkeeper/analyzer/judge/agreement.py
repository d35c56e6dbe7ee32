"""How far judges agree: Krippendorff's alpha over the last scored answers.

1 is full agreement, 0 what chance gives, below 0 worse than chance. Source: Krippendorff, Content Analysis, 4th
edition, 2019, chapter 12; by the package krippendorff.
"""

import warnings
from collections import deque
from collections.abc import Sequence
from typing import Literal

import krippendorff
import numpy as np

from watchkeeper.analyzer.rubric.scale import Verdict
from watchkeeper.config.evaluators import Criterion

# Enough that one answer changes little, few enough that a judge that changed shows within days.
_REMEMBERED = 200
# With fewer its confidence interval is most of the scale.
LEAST = 20


class Agreement:
    """The last verdicts of all judges of one criterion."""

    def __init__(self, criterion: Criterion) -> None:
        self._criterion = criterion
        self._said: deque[tuple[float, ...]] = deque(maxlen=_REMEMBERED)

    def take(self, verdicts: Sequence[Verdict]) -> None:
        """Remember what each judge said of one answer, in the order of the judges."""
        self._said.append(tuple(self._number(verdict) for verdict in verdicts))

    def alpha(self) -> float | None:
        """Krippendorff's alpha; None with fewer than two judges or 20 answers, or where all gave the same always."""
        if len(self._said) < LEAST or len(self._said[0]) < 2:  # noqa: PLR2004  # two judges
            return None
        data = np.array(self._said).T
        if len(np.unique(data)) < 2:  # noqa: PLR2004  # without variance there is nothing to agree on
            return None
        level: Literal["nominal", "interval"] = "interval" if self._criterion.scale == "numeric" else "nominal"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return float(krippendorff.alpha(reliability_data=data, level_of_measurement=level))

    def _number(self, verdict: Verdict) -> float:
        if verdict.value is not None:
            return verdict.value
        return float(self._criterion.categories.index(verdict.category))
