"""Whether the cause of a change is named first, for fifty changes whose cause is known.

    .venv/bin/python bench/explained_changes.py
    make generate

Simulates the calls of an hour before and an hour after each change, with a seed, and explains the difference from what
Prometheus would count of them. docs/reference/explained-changes.md shows the line of each.
"""

from pathlib import Path

import msgspec
from explained_changes.measure import Named, measured

FIGURES = Path(__file__).parent / "explained_changes" / "figures.json"
# The figures are of the first; the others show that it is not the seed.
SEEDS = range(21)


class Figures(msgspec.Struct, frozen=True):
    """Each change of one seed, and how many of the fifty were named first with each of the others."""

    changes: tuple[Named, ...]
    others: tuple[int, ...]


def main() -> None:
    """Measure, and write the figures."""
    runs = [tuple(measured(seed)) for seed in SEEDS]
    counts = [sum(one.is_first for one in run) for run in runs]
    figures = Figures(changes=runs[0], others=tuple(counts[1:]))
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    print(f"{counts[0]} of {len(runs[0])} causes named first; with other seeds {counts[1:]}")
    for run in runs:
        for one in run:
            if not one.is_first:
                print(f"not first: {one.measure}, {one.change} ({one.cause}): {one.said}")


if __name__ == "__main__":
    main()
