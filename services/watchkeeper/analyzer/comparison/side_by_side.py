"""Two prompt versions of a prompt, or two models, that run at the same time: their values of one window as a pair.

The one is the current window of the pair, the other its reference, by parts of the window: how much those differ among
themselves says how much values come in bursts.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from watchkeeper.analyzer.comparison.features import Feature
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.windows import Counts, Samples, Sides, Windows, by_series, on_same_bins
from watchkeeper.metrics.admission import OLDER
from watchkeeper.metrics.folding import OTHER

# An hour and a half of the six of a window; of three parts and more it can be said how much they vary.
PARTS = 4
# Of more than three at once those with the most values are compared, each with each.
_MOST_SIDES = 3
# About a dozen samples each; the busiest of all services.
_MOST_PAIRS = 500
_INFINITE = "+Inf"
# No name, or many of them together.
_NO_SIDE = frozenset({"", OTHER, OLDER})

# Counts by part of the window.
Parts = dict[float, Counts]


def read_pairs(feature: Feature, settings: Settings, samples: Samples) -> Iterator[Windows]:
    """Every pair of which both have enough values; ``settings`` are those of the whole window."""
    labels = ("service", *feature.labels)
    found = by_series(feature, labels, samples)
    for side in ("prompt_version", "model"):
        if side in labels:
            for (key, prompt), sides in _groups(labels, side, found).items():
                yield from _pairs(feature, settings, (key, prompt, side), sides)


def busiest(pairs: Sequence[Windows]) -> list[Windows]:
    """As many as are shown: those with the most values on the smaller side."""
    return sorted(pairs, key=lambda one: -min(one.current.total, _size_before(one)))[:_MOST_PAIRS]


def _groups(
    labels: tuple[str, ...], side: str, found: Mapping[tuple[str, ...], Parts]
) -> dict[tuple[tuple[str, ...], str], dict[str, Parts]]:
    """Counts by what is compared with each other, and in it by side; versions only of prompts that have a name."""
    groups: dict[tuple[tuple[str, ...], str], dict[str, Parts]] = defaultdict(dict)
    for values, parts in found.items():
        named = dict(zip(labels, values, strict=True))
        prompt, name = named.get("prompt", ""), named[side]
        if name in _NO_SIDE or (side == "prompt_version" and not prompt):
            continue
        key = tuple(value for label, value in named.items() if label not in ("prompt", "prompt_version", "model"))
        merged = groups[key, prompt].setdefault(name, {})
        for part, counts in parts.items():
            _add(merged.setdefault(part, {}), counts)
    return groups


def _pairs(
    feature: Feature,
    settings: Settings,
    group: tuple[tuple[str, ...], str, str],
    sides: Mapping[str, Parts],
) -> Iterator[Windows]:
    (service, *subjects), prompt, side = group
    sizes = {name: _size(feature, parts) for name, parts in sides.items()}
    enough = [name for name in sizes if sizes[name] >= settings.least_values]
    chosen = sorted(enough, key=lambda name: (-sizes[name], name))[:_MOST_SIDES]
    # The lower version is the reference, as on the page that shows them.
    for against, name in combinations(sorted(chosen, key=_natural), 2):
        current: Counts = {}
        for counts in sides[name].values():
            _add(current, counts)
        # A part of the window is a window of the reference, which begins behind the current one at 0.
        reference = {part + 1.0: counts for part, counts in sides[against].items()}
        bins, histograms, has_changed = on_same_bins(feature, current, reference)
        yield Windows(
            service=service,
            title=feature.title(tuple(subjects)),
            feature=feature,
            settings=replace(settings, least_values=settings.least_values / PARTS),
            bins=bins,
            current=histograms.pop(0.0),
            reference=histograms,
            has_changed_buckets=has_changed,
            sides=_named(side, prompt, name, against),
        )


def _named(side: str, prompt: str, name: str, against: str) -> Sides:
    if side == "model":
        return Sides(prompt=prompt, model=name, against=against)
    return Sides(prompt=prompt, prompt_version=name, against=against)


def _add(sums: Counts, counts: Counts) -> None:
    for name, count in counts.items():
        sums[name] = sums.get(name, 0.0) + count


def _size(feature: Feature, parts: Parts) -> float:
    counted = (
        counts.get(_INFINITE, 0.0) if feature.is_histogram else sum(counts.values()) for counts in parts.values()
    )
    return sum(counted)


def _size_before(pair: Windows) -> float:
    return sum(one.total for one in pair.reference.values())


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Version 10 after version 9; numbers before words."""
    pieces: list[str] = re.findall(r"[0-9]+|[^0-9]+", name)
    # Digits of other scripts are words, and a number of a thousand digits is one no one compares.
    return [(0, int(piece[:18]), piece) if piece.isascii() and piece.isdecimal() else (1, 0, piece) for piece in pieces]
