"""How long every panel of every dashboard takes on a month of fifty services, twenty models, a hundred prompt versions.

    PYTHONPATH=. .venv/bin/python bench/dashboards.py --to bench/dashboards_measured/figures.json
    make generate

Fills a real Prometheus with 100,000 series: a sample an hour for a month, every five minutes for the last day, every
15 seconds for the last six hours, and what the shipped rules record of them as often as they are evaluated. Asks each
panel for what it shows at first and for 30 days, with everything chosen and with one of everything, and prints the
processor seconds of Prometheus, the slowest first: on a machine with nothing else to do that is the longest that a page
can wait. docs/dashboards.md shows the table. With --keep the past is written once, later only what new queries read.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from alerts_measured.store import ROOT, running
from dashboards_measured.company import MONTH
from dashboards_measured.measure import ONE, Shown, Took, asked, fill
from tests.support.panels import load_dashboards
from tests.support.programs import obtain_programs

# What a page shows at first, and the longest that people look at.
SPANS = {"6 hours": 6 * 3600, "30 days": (MONTH - 60) * 60}
CHOICES: dict[str, dict[str, str]] = {"": {}, ", one of each": ONE}
_SHOWN = 25


class Figures(msgspec.Struct, frozen=True):
    """What was measured: series, and what each panel takes by the time shown."""

    exposed: int
    recorded: int
    took: dict[str, list[Took]]


def main() -> None:
    """Fill, measure, print, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, help="a file for the figures")
    parser.add_argument("--only", nargs="+", metavar="UID", help="these dashboards, on what they read")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the past is, or will be, to be asked again")
    parser.add_argument("--carry", type=Path, help="figures of the other dashboards")
    parser.add_argument("--wait", action="store_true", help="leave Prometheus running until Enter, to draw the pages")
    options = parser.parse_args()
    program = obtain_programs(ROOT)["prometheus"]
    with _folder(options.keep) as folder, running(program, folder, days=90) as store:
        asked_for = options.only or list(load_dashboards())
        series, recorded = fill(store, asked_for)
        sys.stdout.write(f"{series:,} series exposed, {recorded:,} recorded\n")
        took = {
            name + choice: [*asked(store, Shown(seconds), chosen, asked_for)]
            for name, seconds in SPANS.items()
            for choice, chosen in CHOICES.items()
        }
        figures = Figures(series, recorded, took)
        sys.stdout.write(report(figures))
        if options.carry:
            figures = with_others(figures, msgspec.json.decode(options.carry.read_bytes(), type=Figures))
        if options.to:
            options.to.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
        if options.wait:
            input(f"{store.url}; Enter ends it")


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The folder that is kept, or one that is gone at the end."""
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="dashboards-") as folder:
        yield Path(folder)


def with_others(new: Figures, carried: Figures) -> Figures:
    """The new figures, and of all other dashboards those that were measured before, on all series."""
    known = {one.dashboard for took in new.took.values() for one in took}
    others = {span: [one for one in took if one.dashboard not in known] for span, took in carried.took.items()}
    return Figures(carried.exposed, carried.recorded, {span: took + others[span] for span, took in new.took.items()})


def report(figures: Figures) -> str:
    """The slowest panels of each span, and the sum of each first screen."""
    lines = []
    for span, took in figures.took.items():
        slowest = sorted(took, key=lambda one: -one.seconds)[:_SHOWN]
        lines += [
            f"\n{span}:",
            *(f"  {one.seconds:6.2f} s {one.shown:5} {one.dashboard}/{one.panel} {one.error}" for one in slowest),
        ]
        sums = {one.dashboard: 0.0 for one in took}
        for one in took:
            sums[one.dashboard] += one.seconds if one.is_first else 0.0
        lines += [
            f"  {seconds:6.2f} s first screen of {uid}"
            for uid, seconds in sorted(sums.items(), key=lambda one: -one[1])
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
