"""The analyzer beside an Evidently report over the same values: verdicts and time, in one run.

    export PYTHONPATH=.
    .tools/uv/bin/uv run --frozen --with evidently==0.7.23 --with "pandas<3" python bench/drift_beside_evidently.py
    make generate

uv installs Evidently into an environment that ends with the run; the project does not depend on it. Evidently has all
values in memory and chooses its tests itself; the analyzer has their counts by bucket, seven windows of reference, and
makes a verdict only of what exceeds chance, season and size together.
"""

import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from docs.reference.drift_figures import Beside, Evidently
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset

from watchkeeper.analyzer.comparison.conclude import conclude
from watchkeeper.analyzer.comparison.features import FEATURES
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.windows import Windows
from watchkeeper.analyzer.drift.histogram import of_values
from watchkeeper.config.drift import Drift
from watchkeeper.metrics.catalogue import METRICS

FIGURES = Path(__file__).parent / "drift_measured" / "evidently.json"
TOKENS = next(metric.buckets for metric in METRICS if metric.name == "llm_request_tokens")
FEATURE = next(feature for feature in FEATURES if feature.name == "input_tokens")
SETTINGS = Settings(Drift().window_seconds, Drift().compare_with, Drift().least_values)
# Times as large as the reference; twenty columns of each.
SHIFTS = (1.0, 1.1, 1.25, 1.5, 2.0)
SIZES = (200, 1_000, 5_000)
COLUMNS, WINDOWS = 20, 7
Columns = dict[str, np.ndarray]


def values(size: int) -> tuple[Columns, Columns]:
    """The reference, of seven windows, and the current values of every column."""
    random = np.random.default_rng(size)
    reference, current = {}, {}
    for shift in SHIFTS:
        for number in range(COLUMNS):
            name, sigma = f"{shift:g} {number}", 0.4 + 0.04 * number
            reference[name] = random.lognormal(6.5, sigma, size * WINDOWS)
            current[name] = random.lognormal(6.5, sigma, size) * shift
    return reference, current


def by_evidently(reference: Columns, current: Columns) -> dict[str, bool]:
    """What its preset says of each column, with its own choice of tests and limits."""
    data = Dataset.from_pandas(pd.DataFrame(current)), Dataset.from_pandas(pd.DataFrame(reference))
    found: dict[str, Any] = Report([DataDriftPreset()]).run(*data).dict()
    return dict(_drifted(found))


def _drifted(found: dict[str, Any]) -> list[tuple[str, bool]]:
    said = []
    for metric in found["metrics"]:
        config = metric["config"]
        if config["type"].endswith("ValueDrift"):
            is_pvalue = "p_value" in config["method"]
            value, limit = float(metric["value"]), float(config["threshold"])
            said.append((config["column"], value < limit if is_pvalue else value >= limit))
    return said


def by_analyzer(reference: Columns, current: Columns) -> dict[str, str]:
    """The verdict of the analyzer on the buckets of the same values; counting them is work of the exporter."""
    every = [_windows(name, reference[name], current[name]) for name in current]
    started = time.process_time()
    conclusions = conclude(every, {})
    by_analyzer.seconds += time.process_time() - started  # type: ignore[attr-defined]
    return {one.service: one.verdict.value for one in conclusions}


def _windows(name: str, reference: np.ndarray, current: np.ndarray) -> Windows:
    parts = np.split(reference, WINDOWS)
    return Windows(
        service=name,
        title=FEATURE.name,
        feature=FEATURE,
        settings=SETTINGS,
        bins=(*map(str, TOKENS), "+Inf"),
        current=of_values(TOKENS, current.tolist()),
        reference={
            offset: of_values(TOKENS, part.tolist()) for offset, part in zip(SETTINGS.offsets, parts, strict=True)
        },
    )


def main() -> None:
    """Compare, and write the figures."""
    rows, seconds = [], 0.0
    by_analyzer.seconds = 0.0  # type: ignore[attr-defined]
    for size in SIZES:
        reference, current = values(size)
        started = time.process_time()
        evidently = by_evidently(reference, current)
        seconds += time.process_time() - started
        analyzer = by_analyzer(reference, current)
        for shift in SHIFTS:
            names = [f"{shift:g} {number}" for number in range(COLUMNS)]
            said = [analyzer[name] for name in names]
            drifted = sum(evidently[name] for name in names)
            rows.append(Beside(size, shift, COLUMNS, drifted, said.count("drifted"), said.count("shifting")))
    figures = Evidently(
        version("evidently"),
        len(SIZES) * len(SHIFTS) * COLUMNS,
        rows,
        round(seconds, 2),
        round(by_analyzer.seconds, 2),  # type: ignore[attr-defined]
    )
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    print(figures)


if __name__ == "__main__":
    main()
