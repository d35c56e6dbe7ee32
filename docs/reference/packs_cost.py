"""What the packs cost, for docs/reference/packs.md: the figures of bench/packs_cost.py, not in use and in use."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from docs.reference.markdown import table

FIGURES = Path(__file__).parents[2] / "bench" / "packs_measured" / "figures.json"
_TEXT = """\
## What they cost

`bench/packs_cost.py` measured it: first on ten applications whose calls use no pack, then with {servers} inference \
servers with a GPU each, a gateway, and {users} users of coding agents with a quota and a ceiling beside them.
A scrape is of all targets together: of the exporter it is what the exporter takes of a processor to answer, of \
servers and gateways what Prometheus takes to ask and store.
Rules are all of a pack, evaluated once on a real Prometheus with six hours of samples; most are due every 15 to 120 \
seconds.
Rules of what no one uses are asked all the same, and record nothing, but for those of prompt caches, which no one \
switches on: they look at the tokens of every call.
Milliseconds are of a processor, for rules less what asking over HTTP takes, on a machine that did other work beside."""
_SCRAPES = ["scrape of", "targets", "series", "kB", "ms", "in use: targets", "series", "kB", "ms"]
_RULES = ["rules of", "rules", "series recorded", "ms", "in use: series recorded", "ms"]


class Scrape(msgspec.Struct, frozen=True):
    """A scrape of all targets: series, kilobytes, and milliseconds of the processor of who answers or who asks."""

    what: str
    targets: int
    series: int
    kilobytes: float
    milliseconds: float


class Rules(msgspec.Struct, frozen=True):
    """Rules of a pack: how many, the series that they record, and milliseconds of the processor for all once."""

    pack: str
    rules: int
    series: int
    milliseconds: float


class Figures(msgspec.Struct):
    """All figures: without packs in use and with them."""

    servers: int
    users: int
    scrapes: dict[str, list[Scrape]]
    rules: dict[str, list[Rules]]


def packs_cost() -> str:
    """Return the section: a table of scrapes, and one of rules."""
    figures = msgspec.json.decode(FIGURES.read_bytes(), type=Figures)
    text = _TEXT.format(servers=figures.servers, users=figures.users)
    return "\n\n".join((text, table(_SCRAPES, [*_scrapes(figures)]), table(_RULES, [*_rules(figures)])))


def _scrapes(figures: Figures) -> Iterator[list[str]]:
    for off, on in zip(figures.scrapes["off"], figures.scrapes["on"], strict=True):
        cells = [
            [str(one.targets), f"{one.series:,}", f"{one.kilobytes:,.0f}", f"{one.milliseconds:.1f}"]
            for one in (off, on)
        ]
        yield [off.what, *cells[0], *cells[1]]


def _rules(figures: Figures) -> Iterator[list[str]]:
    for off, on in zip(figures.rules["off"], figures.rules["on"], strict=True):
        cells = [[f"{one.series:,}", f"{one.milliseconds:.1f}"] for one in (off, on)]
        yield [off.pack, str(off.rules), *cells[0], *cells[1]]
