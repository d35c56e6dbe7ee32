"""Row 1: what has drifted, and what is said of everything else."""

from collections.abc import Mapping, Sequence

from grafana.src import house
from grafana.src.drift.filters import CHOSEN
from grafana.src.house import MetricQuery, PanelBuilder
from grafana.src.sources import instant, rows

TITLE = "What has drifted?"
NO_DATA = "no drift measured in the time shown: the analyzer compares features of at least a day"

_VERDICT = f"llm_drift_verdict{{{CHOSEN}"
_MEANINGS = {"drifted": house.Meaning.bad("drifted"), "shifting": house.Meaning.doubtful("shifting")}
_COLUMNS = {"feature": "feature", "Value": "distance", "verdict": "verdict", "service": "service", "reason": "reason"}


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_tables())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Features that drifted",
            "Features of services whose last six hours exceed every limit: PSI 0.25, what chance explains, their own "
            'history of 30 days, and the same weekday. 0 is good. "no data" means that the analyzer compared nothing.',
            house.COUNT,
            instant(f'count({_VERDICT}, verdict="drifted"}}) or 0 * count({_VERDICT}}})'),
        ).span(6),
        house.number(
            "Features that shift",
            "The same from PSI 0.1 on. A shift alone is worth a look on the next day.",
            house.COUNT,
            instant(f'count({_VERDICT}, verdict="shifting"}}) or 0 * count({_VERDICT}}})'),
        ).span(6),
        house.number(
            "Features not compared yet",
            "Too few values now, or less than a week of past. They are not said to be steady.",
            house.COUNT,
            instant(f'count({_VERDICT}, verdict=~"learning|no_data"}}) or 0 * count({_VERDICT}}})'),
        ).span(6),
        house.number(
            "Age of verdicts",
            "Time since features were compared. The analyzer compares every five minutes; WatchkeeperAnalyzerStale "
            "fires after half an hour.",
            house.SECONDS,
            instant("time() - max(watchkeeper_drift_timestamp_seconds)"),
        ).span(6),
    )


def _tables() -> Sequence[PanelBuilder]:
    return (
        _with_colors(
            "Verdicts of distributions",
            "Each feature with its PSI, of embeddings the shift of their centroid. "
            "`watchkeeper drift` with --explain shows the bins, limits "
            "and statistics of one.",
            rows(f"sort_desc({_with_score('psi')} or {_with_score('centroid')})"),
            _COLUMNS,
        ),
        _with_colors(
            "Verdicts without a score, and of hours",
            "What is not compared yet, with the reason; and hourly values, by standard deviations from what is usual "
            "in the same hours.",
            rows(f'sort_desc({_with_score("zscore")} or {_VERDICT}, verdict=~"learning|no_data"}} * 0)'),
            {**_COLUMNS, "Value": "deviations"},
        ),
    )


def _with_colors(title: str, description: str, query: MetricQuery, columns: Mapping[str, str]) -> PanelBuilder:
    panel = house.with_widths(house.listing(title, description, query, columns), {"verdict": 90})
    return house.column_with_meanings(panel, "verdict", _MEANINGS).span(12)


def _with_score(method: str) -> str:
    """The score by a method, with the labels of the verdict."""
    score = f'round(max by (service, feature) (llm_drift_score{{{CHOSEN}, method="{method}"}}), 0.001)'
    return f"{_VERDICT}}} * on (service, feature) group_left () {score}"
