"""How often drift is found where there is none, which shifts are found, and what buckets lose.

    PYTHONPATH=. .venv/bin/python bench/drift_measured.py
    make generate

Simulates the hourly counters of features, with a seed, and gives them to the analyzer's own code hour by hour.
docs/reference/drift.md shows the figures. Takes some minutes on one core.
"""

import argparse
from pathlib import Path

import msgspec
from docs.reference.drift_figures import Figures
from drift_measured.hours import hours
from drift_measured.measure import cost, power, quiet, shapes

FIGURES = Path(__file__).parent / "drift_measured" / "figures.json"


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=200, help="series without drift")
    parser.add_argument("--days", type=int, default=30, help="days without drift")
    parser.add_argument("--services", type=int, default=20, help="services with hourly values")
    parser.add_argument("--shifted", type=int, default=40, help="series with each shift")
    parser.add_argument("--to", type=Path, default=FIGURES)
    chosen = parser.parse_args()
    figures = Figures(
        quiet=quiet(chosen.series, chosen.days),
        power=list(power(chosen.shifted)),
        shapes=list(shapes()),
        cost=cost(1000),
        hours=hours(chosen.services, chosen.days),
    )
    chosen.to.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    print(f"{chosen.to}: {figures.quiet.verdicts}, {figures.cost}")


if __name__ == "__main__":
    main()
