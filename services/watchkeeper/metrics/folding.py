"""Which details a new series loses near the limit: labels fold to ``other`` one after the other, identity never.

Identity is what alerts and SLOs are about: service, team, provider, status, kind of error.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from watchkeeper.metrics.capacity import SeriesCapacity

OTHER = "other"

LabelValues = tuple[str, ...]
Fold = Callable[[str], str]

# A date, a version or a variant behind a model's name: gpt-4o-mini-2024-07-18, claude-sonnet-4-20250514,
# gemini-2.5-pro-preview-05-06, llama3:8b-instruct.
_VARIANT = re.compile(
    r"(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{6,8}|\d{2}-\d{2}|v\d+(?::\d+)?|latest|preview|exp|beta)|:[\w.-]+)+$", re.IGNORECASE
)


def model_family(model: str) -> str:
    """A model's name without its date, version and variant; a name that is nothing else stays."""
    return _VARIANT.sub("", model) or model


def _other(_value: str) -> str:
    return OTHER


# From what is missed least to what is missed most.
_DETAIL: tuple[tuple[str, Fold], ...] = (
    ("prompt_version", _other),
    ("prompt", _other),
    ("tenant", _other),
    ("category", _other),
    ("operation", _other),
    ("model", model_family),
    ("model", _other),
    ("edge_target", _other),
    ("edge_source", _other),
    ("agent", _other),
    ("branch", _other),
    ("node", _other),
    ("tool", _other),
    ("retriever", _other),
    ("cache", _other),
    ("score", _other),
    ("gate", _other),
    ("guardrail", _other),
    ("alertname", _other),
)


class Ladder:
    """The steps by which the label values of one metric lose their detail."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._steps = [(self.labels.index(label), fold) for label, fold in _DETAIL if label in labels]
        self._service = self.labels.index("service") if "service" in labels else None

    def service_of(self, values: LabelValues) -> str:
        """Whose series it is; "" where the metric has no service."""
        return "" if self._service is None else values[self._service]

    def rungs(self, values: LabelValues) -> Iterator[LabelValues]:
        """The values as they are, then with less and less detail; an empty value stays empty."""
        yield values
        folded = list(values)
        for place, fold in self._steps:
            less = fold(folded[place]) if folded[place] else ""
            if less != folded[place]:
                folded[place] = less
                yield tuple(folded)

    def fit(
        self, values: LabelValues, known: Collection[LabelValues], capacity: SeriesCapacity, samples: int
    ) -> LabelValues:
        """The values with as much detail as there is capacity for: those of a series that exists, or of one that fits.

        With no detail left a series is made whether it fits or not. What was lost is counted in the capacity.
        """
        service = self.service_of(values)
        for rung in self.rungs(values):
            if rung in known or capacity.has_capacity(service, samples):
                break
        for label, wanted, given in zip(self.labels, values, rung, strict=True):
            if wanted != given:
                capacity.count_folded(service, label)
        return rung
