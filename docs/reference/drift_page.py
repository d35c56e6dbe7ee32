"""docs/reference/drift.md: the features and methods of drift, and what bench/drift_measured.py measured of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
from docs.reference.drift_figures import Beside, Cycle, Evidently, Figures, Hours, Power, Quiet, Shape
from docs.reference.markdown import code, page, table

from watchkeeper.analyzer.comparison.features import FEATURES, SIDE_BY_SIDE, Feature
from watchkeeper.analyzer.comparison.timeseries import SERIES
from watchkeeper.analyzer.comparison.verdict import Reason
from watchkeeper.analyzer.drift.choice import Kind

_ROOT = Path(__file__).parents[2]
_MEASURED = _ROOT / "bench" / "drift_measured"
_METHODS = _ROOT / "services" / "watchkeeper" / "analyzer" / "drift"
_DESCRIBED = (
    "psi",
    "kullback_leibler",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "wasserstein",
    "chi_square",
    "combined",
    "choice",
    "chance",
    "false_discovery",
    "ewma",
    "zscore",
    "centroid",
)
_INTRODUCTION = """\
What the analyzer compares, by which methods, and how well that works.
[Decision 23](../decisions/0023-verdicts-on-drift.md) says when something is called drift, and why;
`watchkeeper drift` shows it, and `drift` in [watchkeeper.yml](configuration.md) sets it."""
_SIDE_BY_SIDE = """\
Two prompt versions of a prompt, or two models of a service (of a prompt, where calls name one), that run at the same
time are compared over the current window.
The same statistics are in the same metrics, with the labels `prompt`, `prompt_version` or `model`, and `against`,
which is the reference: the lower of the two names.
Both need as many values as any window; of more than three the three with most values are compared, each with each,
and of all services the 500 pairs with most values.
How much four parts of the reference's window differ among themselves scales what chance explains.
Their topic is `side_by_side`, and no alert is about it: that two versions differ is for whoever compares them to
judge.
The dashboard "Prompt version comparison" shows it."""
_ACCEPTED = """\
`watchkeeper drift accept SERVICE [FEATURE]` records that a change was intended: windows before that moment are no
reference any more, and the series is `learning`, for the reason `accepted`, until it has a reference again.
For windows that is a week, for hourly values two.
A feature is the name of one series, as in `score/faithfulness/judge`, or of all that begin with it, as in `score`;
without one it is every feature of the service.
`watchkeeper drift accepted` and the dashboard "Drift" list what is accepted, `watchkeeper drift undo SERVICE
[FEATURE]` takes it back; each works from the next comparison on, within five minutes.
The analyzer keeps it in the file `accepted.json` of its state folder, and forgets it after 90 days, when no reference
reaches so far back."""
_HOURS = """\
{services} simulated services for {days} days: 30 to 10,000 calls an hour, seasons from none to strong, and hours that
differ by more than chance. Nothing changes in them; LLMSeriesAnomaly fires for `drifted`, six standard deviations.
Then something is so many times as bad from ten o'clock on: dollars, tokens, failures, misses of a cache, answers that
fail a gate, golden queries without their documents. Found is `drifted` within a day."""
_EVIDENTLY = """\
Evidently {one.version} with its preset for data drift, its own choice of tests and its own limits, beside the analyzer:
the same {one.columns} columns of lognormal values (sigma 0.4 to 1.2) with seven windows of reference, in one run of
`bench/drift_beside_evidently.py`.
Evidently has every value and took {one.evidently_seconds:g} CPU seconds, the analyzer has counts by bucket and took
{one.analyzer_seconds:g}.
Evidently asks whether two samples differ, and finds smaller shifts; half of the columns of 200 values that did not
change are drift for it. The analyzer asks whether someone should be notified, and takes none of them for drift."""
_CYCLE = """\
A whole cycle over a real Prometheus by `bench/drift_cycle.py`, on two quiet cores: {one.series:,} series with
seven windows of reference, and {one.pairs:,} pairs side by side, from {one.stored_series:,} stored series.

| | |
| --- | --- |
| CPU seconds of the analyzer, for its first minute as a whole | {one.analyzer_cpu_seconds:g} |
| CPU seconds of Prometheus | {one.prometheus_cpu_seconds:g} |
| seconds until all was compared | {one.cycle_seconds:g} |
| memory of the analyzer before it, without mapped files | {one.idle_mib:g} MiB |
| and after it | {one.compared_mib:g} MiB |"""
_TIMES = ("1.25", "1.5", "2", "3")
_QUIET = """\
{series} simulated series for {days} days, hour by hour: 400 to 100,000 values a day, patterns of days and weeks from
none to strong (in how many values there are, and in the values), and hours that differ by more than chance.
None of them drifts; every row is how often the analyzer said so much."""
_POWER = """\
A shift that begins on a Monday at ten and stays: numeric values (lognormal, sigma 0.8 and a pattern of the day) become
larger by so much, of categories that share of the most frequent one goes to the next.
Found is what was called `drifted` within a day, in brackets `shifting` or `drifted`; the delay is the median, in hours.
PSI of 0.25 is the limit: a numeric shift by a quarter, or by a tenth, is below it at every size."""
_SHAPES = """\
Of 20,000 values of each shape beside as many that are 1.4 times as large: what scipy gives for all values, and what the
analyzer gives for the buckets of `llm_request_tokens`.
Buckets hide most where one of them holds a third of all values; what they give is never more drift by KS."""


def render() -> str:
    """Return the page."""
    figures = msgspec.json.decode((_MEASURED / "figures.json").read_bytes(), type=Figures)
    cycle = msgspec.json.decode((_MEASURED / "cycle.json").read_bytes(), type=Cycle)
    evidently = msgspec.json.decode((_MEASURED / "evidently.json").read_bytes(), type=Evidently)
    return page(
        "Drift",
        "services/watchkeeper/analyzer/drift, bench/drift_measured.py",
        _INTRODUCTION,
        "## Features",
        table(["feature", "values", "metric", "for each", "topic"], map(_feature, FEATURES)),
        "Hourly values, beside the same hours of the weeks before; cost and tokens need 20 calls in the hour, shares "
        "100 events:",
        table(["feature", "topic"], ([code(one.name), one.topic.value] for one in SERIES)),
        "## Side by side",
        _SIDE_BY_SIDE,
        table(["feature", "values", "metric", "between"], map(_side_by_side, SIDE_BY_SIDE)),
        "## Accepted changes",
        _ACCEPTED,
        "## Reasons",
        table(["reason", "meaning"], ([code(reason.value), reason.sentence] for reason in Reason)),
        "## Methods",
        "\n\n".join(_method(name) for name in _DESCRIBED),
        "## False alarms",
        _QUIET.format(series=figures.quiet.series, days=figures.quiet.days),
        table(["verdict and reason", "hours"], _verdicts(figures.quiet)),
        "## Shifts that are found",
        _POWER,
        table(["type", "values in the window", "shift", "found", "delay"], map(_power, figures.power)),
        "## What buckets lose",
        _SHAPES,
        table(
            ["shape", "KS", "from buckets", "Wasserstein", "from buckets", "PSI", "from buckets"],
            map(_shape, figures.shapes),
        ),
        "## Hourly values",
        _HOURS.format(services=figures.hours[0].services, days=figures.hours[0].days),
        table(
            ["feature", "hours", "drifted", "shifting", *(f"x{times} found" for times in _TIMES)],
            map(_hours, figures.hours),
        ),
        "## Beside Evidently",
        _EVIDENTLY.format(one=evidently),
        table(["values now", "shift", "Evidently: drift", "drifted", "shifting"], map(_beside, evidently.rows)),
        "## Cost",
        f"{figures.cost.seconds:g} CPU seconds for the verdicts on {figures.cost.series:,} histograms with seven "
        "windows of reference each, on one core of a shared virtual machine.",
        _CYCLE.format(one=cycle),
    )


def _hours(one: Hours) -> list[str]:
    drifted, shifting = (one.verdicts.get(name, 0) for name in ("drifted", "shifting"))
    total = sum(one.verdicts.values())
    found = (f"{one.found[times]:.0%}" for times in _TIMES)
    return [code(one.name), f"{total:,}", str(drifted), f"{shifting / total:.1%}", *found]


def _beside(one: Beside) -> list[str]:
    of = f" of {one.columns}"
    shift = "none" if one.shift == 1 else f"x{one.shift:g}"
    return [f"{one.values:,}", shift, f"{one.evidently}{of}", f"{one.analyzer}{of}", f"{one.analyzer_shifting}{of}"]


def _feature(feature: Feature) -> list[str]:
    kinds = {Kind.NUMERIC: "numeric", Kind.EMBEDDING: "vectors", Kind.CATEGORICAL: f"categories: `{feature.category}`"}
    values = kinds[feature.kind]
    metric = code(feature.metric) + (f", `{feature.where}`" if feature.where else "")
    return [code(feature.name), values, metric, ", ".join(feature.subjects), feature.topic.value]


def _side_by_side(feature: Feature) -> list[str]:
    name, values, metric, *_ = _feature(feature)
    return [name, values, metric, "versions, models" if "prompt" in feature.subjects else "models"]


def _method(name: str) -> str:
    """The docstring of a method's file: its formula and its source."""
    text = ast.get_docstring(ast.parse((_METHODS / f"{name}.py").read_text("utf-8")))
    return f"**`{name}`**: {' '.join(str(text).replace('``', '`').split())}"


def _verdicts(quiet: Quiet) -> Iterator[list[str]]:
    for verdict in ("drifted: large_shift", "shifting: shift"):
        yield [verdict, str(quiet.verdicts.get(verdict, 0))]
    for verdict, count in quiet.verdicts.items():
        if not verdict.startswith(("drifted", "shifting")):
            yield [verdict, f"{count:,}"]


def _power(one: Power) -> list[str]:
    found = f"{one.drifted / one.series:.0%} ({one.shifting / one.series:.0%})"
    delay = "" if one.delay_hours is None else f"{one.delay_hours:g}"
    return [one.kind, f"{one.values:,}", f"{one.shift:.0%}", found, delay]


def _shape(shape: Shape) -> list[str]:
    ks, far, psi = shape.ks, shape.wasserstein, shape.psi
    change = far[1] / far[0] - 1
    return [
        shape.name,
        f"{ks[0]:.3f}",
        f"{ks[1]:.3f}",
        f"{far[0]:.0f}",
        f"{far[1]:.0f} ({change:+.0%})",
        f"{psi[0]:.2f}",
        f"{psi[1]:.2f}",
    ]
