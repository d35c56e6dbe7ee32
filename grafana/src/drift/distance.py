"""Row 2: since when, how far, and by how many values."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.drift.filters import CHOSEN, FEATURE
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import instant, series

TITLE = "Since when, and how far?"
NO_DATA = "no drift measured in the time shown: the analyzer compares features of at least a day"

_WHICH = "{{service}} {{feature}}"
_PSI = f'llm_drift_score{{{CHOSEN}, method="psi"}}'
_COMPARED = f'llm_drift_sample_size{{{CHOSEN}, window="current"}} > 1'
_OTHERS = (
    f'llm_drift_score{{{CHOSEN}, method=~"ks|js|wasserstein_normalised|combined"}} and on (service, feature) '
    'llm_drift_verdict{against="", verdict=~"shifting|drifted"}'
)
_OF_HOURS = f'abs(llm_drift_score{{{CHOSEN}, method=~"zscore|ewma"}})'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_scores(), *_evidence())


def _scores() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Population stability index",
            "Of each feature against its reference windows; the five furthest in the time shown. The dashed line "
            "is a large shift; it counts where chance, season and own history do not explain it. "
            "Vertical lines are changes.",
            house.COUNT,
            [
                series(_picked("topk(5", _PSI), _WHICH),
                limit_beside("vector(0.25)", _PSI),
            ],
        ).span(12),
        house.graph(
            "Hours beside the same hours of the weeks before",
            "Cost, tokens, failures, cache hits and empty searches of each hour, in standard deviations from what is "
            "usual; the five furthest in the time shown. LLMSeriesAnomaly fires beyond six.",
            house.COUNT,
            [series(_picked("topk(5", _OF_HOURS), f"{_WHICH} {{{{method}}}}")],
        ).span(12),
        house.with_table_legend(
            house.graph(
                "Other methods",
                "Of what has moved: Kolmogorov-Smirnov, Jensen-Shannon, Wasserstein in standard deviations of the "
                "reference, and the combined score, whose limit is 0.15; the eight furthest in the time shown.",
                house.COUNT,
                [series(_picked("topk(8", _OTHERS), f"{_WHICH} {{{{method}}}}")],
            ).span(24)
        ),
    )


def _evidence() -> Sequence[PanelBuilder]:
    return (
        house.ranking(
            "Both distributions of what has moved",
            "Share of the values in each bin, in the current window and in those before it (reference).",
            house.RATIO,
            instant(f"llm_drift_bin_ratio{{{FEATURE}}}", f"{_WHICH} {{{{bin}}}} {{{{window}}}}"),
        ).span(24),
        house.with_table_legend(
            house.graph(
                "Values compared",
                "Values in the current window, those of hours aside; the eight with fewest. 100 give a verdict.",
                house.COUNT,
                [series(_picked("bottomk(8", _COMPARED), _WHICH)],
            ).span(12)
        ),
        house.with_table_legend(
            house.graph(
                "Limits beyond the textbook",
                "What PSI must exceed besides 0.1 and 0.25: what chance explains in samples of this size, and the 95th "
                "percentile of the series' own 30 days; the eight highest.",
                house.COUNT,
                [series(_picked("topk(8", f"llm_drift_limit{{{CHOSEN}}}"), f"{_WHICH} {{{{limit}}}}")],
            ).span(12)
        ),
    )


def _picked(which: str, expr: str) -> str:
    """Some of the lines over the whole time shown: at each point by itself others would come and go."""
    return f"({expr}) and ignoring () {which}, max_over_time(({expr})[$__range:$__interval] @ end()))"
