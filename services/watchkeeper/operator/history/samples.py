"""Log lines of some conversations of the demo, measured once on the running demo.

``lines.json`` beside this file is written by ``bench/demo_lines.py``.
"""

from pathlib import Path
from typing import Any

import msgspec

_FILE = Path(__file__).with_name("lines.json")


class SampleLine(msgspec.Struct, frozen=True):
    """A line, and when it was written and when it happened, in nanoseconds after its conversation's first line."""

    written_ns: int
    happened_ns: int
    fields: dict[str, Any]


class Samples(msgspec.Struct, frozen=True):
    """Whole conversations of each scenario that a history is made of, each one trace."""

    steady: list[list[SampleLine]]
    outage: list[list[SampleLine]]


def read_samples() -> Samples:
    """The conversations as they were measured."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Samples)
