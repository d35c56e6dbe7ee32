"""What one conversation of the demo adds to each series of the exporter, measured once on the running demo.

``shape.json`` beside this file is written by ``bench/demo_shape.py``.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from watchkeeper.operator.history.store import Labels

_FILE = Path(__file__).with_name("shape.json")


class Counted(msgspec.Struct, frozen=True):
    """A counter, or a histogram with its buckets by upper bound, over all conversations that were measured."""

    name: str
    labels: Labels
    value: float = 0.0
    buckets: dict[str, float] = {}

    def series(self) -> Iterator[tuple[Labels, float]]:
        """Labels with the name, and what was counted in all."""
        if not self.buckets:
            yield {**self.labels, "__name__": self.name}, self.value
            return
        for bound, count in self.buckets.items():
            yield {**self.labels, "__name__": f"{self.name}_bucket", "le": bound}, count
        yield {**self.labels, "__name__": f"{self.name}_count"}, self.buckets["+Inf"]
        yield {**self.labels, "__name__": f"{self.name}_sum"}, self.value


class Shape(msgspec.Struct, frozen=True):
    """One scenario: how many conversations each service had, and what they counted."""

    conversations: dict[str, float]
    counted: list[Counted]

    def of(self, service: str) -> Iterator[tuple[Labels, float]]:
        """Labels of each series of a service, and what one conversation adds to it."""
        for one in self.counted:
            if one.labels["service"] == service:
                for labels, value in one.series():
                    yield labels, value / self.conversations[service]


class Shapes(msgspec.Struct, frozen=True):
    """The scenarios that a history is made of."""

    steady: Shape
    outage: Shape


def read_shapes() -> Shapes:
    """The shapes as they were measured."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Shapes)
