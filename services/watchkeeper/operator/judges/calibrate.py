"""Lets the running analyzer's judges score labelled rows, and compares their verdicts with the labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator import analyzer
from watchkeeper.operator.judges.labels import Labelled
from watchkeeper.operator.judges.statistics import (
    CategoryCalibration,
    NumberCalibration,
    calibrate_categories,
    calibrate_numbers,
    truth,
)

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of it; ``failed`` counts rows without a verdict by kind of error: they are in no number."""

    found: NumberCalibration | CategoryCalibration | None
    failed: Mapping[str, int]


def criteria(client: httpx.Client) -> Mapping[str, Mapping[str, Said]]:
    """The criteria of each evaluator, with their scales. Raises: WatchkeeperError when the analyzer cannot be asked."""
    found: Mapping[str, Mapping[str, Said]] = analyzer.ask(client, "GET", "/v1/judges").json()
    return found


def calibrate(
    client: httpx.Client, path: str, scale: Said, rows: Sequence[Labelled], on_row: Callable[[], None]
) -> Calibrated:
    """Score every row at ``path`` and compare.

    Raises: WatchkeeperError for a label that is not of the scale, before anything is asked; and when the analyzer, or
    the budget of judges, allows no more.
    """
    labels = [_label(row.label, scale) for row in rows]
    pairs: list[tuple[Any, Any]] = []
    failed: dict[str, int] = {}
    for row, label in zip(rows, labels, strict=True):
        said = analyzer.ask(client, "POST", path, json=dict(row.material)).json()
        if said["verdict"] is None:
            failed[said["error_type"]] = failed.get(said["error_type"], 0) + 1
        else:
            pairs.append((label, _verdict(said["verdict"], scale)))
        on_row()
    if not pairs:
        return Calibrated(found=None, failed=failed)
    numeric = scale["scale"] == "numeric"
    return Calibrated(found=calibrate_numbers(pairs) if numeric else calibrate_categories(pairs), failed=failed)


def _label(label: str, scale: Said) -> float | str:
    """A person's label on the scale of verdicts."""
    if scale["scale"] == "categorical":
        if label not in scale["categories"]:
            raise WatchkeeperError(f"label must be one of {', '.join(scale['categories'])}, got {label[:40]!r}")
        return label
    if scale["scale"] == "boolean":
        if (word := truth(label)) is None:
            raise WatchkeeperError(f"label must be true or false, got {label[:40]!r}")
        return word
    lowest, highest = scale["lowest"], scale["highest"]
    try:
        value = float(label)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise WatchkeeperError(f"label must be a number from {lowest:g} to {highest:g}, got {label[:40]!r}")
    return float((value - lowest) / (highest - lowest))


def _verdict(verdict: Said, scale: Said) -> float | str:
    if scale["scale"] == "categorical":
        return str(verdict["category"])
    value = float(verdict["value"])
    # Several judges of true and false have a mean; what more than half of them say counts.
    return value if scale["scale"] == "numeric" else ("true" if value > 0.5 else "false")  # noqa: PLR2004
