"""Whether the cause of a change is named first: the page of what bench/explained_changes.py measured."""

from pathlib import Path

import msgspec
from docs.reference.markdown import page, table

_FIGURES = Path(__file__).parents[2] / "bench" / "explained_changes" / "figures.json"
_INTRODUCTION = """\
Fifty changes whose cause is known, and the line that `watchkeeper explain` says of each.
Measured by `bench/explained_changes.py`: the calls of an hour before and an hour after are simulated with a seed,
priced by the exporter's price table, and counted as Prometheus would; traffic differs by some percent from hour to
hour, and every second change comes with 15 % more calls.
A cause counts as named first when the factor and the label are those that were changed; "no label" is right only where
the change is everywhere."""

_TIME = """\
Measured by `bench/explain_time.py`: a month of {services} services in a real Prometheus, {series} series, explained for
all services together, five times each, on two cores that had much other work. The time of processors, of Prometheus and
the command together, says what it takes on a machine that has none."""


class _Named(msgspec.Struct, frozen=True):
    change: str
    measure: str
    cause: str
    said: str
    is_first: bool


class _Timed(msgspec.Struct, frozen=True):
    measure: str
    since_hours: int
    against_hours: int
    services: int
    series: int
    median_seconds: float
    longest_seconds: float
    processor_seconds: float


class _Figures(msgspec.Struct, frozen=True):
    changes: tuple[_Named, ...]
    others: tuple[int, ...]


def render() -> str:
    """Return the page."""
    timed = msgspec.json.decode((_FIGURES.parent / "time.json").read_bytes(), type=list[_Timed])
    figures = msgspec.json.decode(_FIGURES.read_bytes(), type=_Figures)
    first = sum(one.is_first for one in figures.changes)
    others = ", ".join(map(str, figures.others))
    return page(
        "Explained changes",
        "bench/explained_changes/figures.json",
        _INTRODUCTION,
        f"Named first: {first} of {len(figures.changes)}; with {len(figures.others)} other seeds {others}.",
        table(["change", "of", "cause", "first", "what is said"], (_row(one) for one in figures.changes)),
        "## How long it takes",
        _TIME.format(services=timed[0].services, series=timed[0].series),
        table(["of", "windows", "median", "longest", "processors"], (_time(one) for one in timed)),
    )


def _time(one: _Timed) -> list[str]:
    window = f"{one.since_hours} h against " + (
        f"those {one.against_hours} h before" if one.against_hours else "the last"
    )
    seconds = (one.median_seconds, one.longest_seconds, one.processor_seconds)
    return [one.measure, window, *(f"{second:.2f} s" for second in seconds)]


def _row(one: _Named) -> list[str]:
    return [one.change, one.measure, one.cause, "yes" if one.is_first else "no", one.said]
