"""Row 3 of the page "Prompt version comparison": whether versions, or models, differ by more than chance explains."""

from collections.abc import Sequence

from grafana.src import house, palette
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import rows, series

TITLE = "Do they differ by more than chance?"
NO_DATA = "no two with enough values in the last window of the analyzer: 100 each, or least_values of watchkeeper.yml"

_PROMPT = 'service=~"$service", prompt="$prompt"'
# Whichever of the two is the reference: the analyzer takes the lower version for it.
_VERSIONS = (
    f'{_PROMPT}, prompt_version="$version_b", against="$version_a"',
    f'{_PROMPT}, prompt_version="$version_a", against="$version_b"',
)
# Sizes and costs have no prompt: they are of all calls of a service.
_MODELS = ('service=~"$service", prompt=~"$prompt|", model!="", against!=""',)
_SERIES = "service, feature, prompt, prompt_version, model, against"
_SHIFTED: house.Steps = ((None, "text"), (0.1, palette.ATTENTION), (0.25, "red"))
_WIDTHS = {"PSI": 80, "KS": 80, "JS": 90, "Wasserstein": 115, "p-value": 100, "values": 90, "values against": 130}
_HEADINGS = {"feature": "feature", "verdict": "verdict", "prompt_version": "version", "model": "model"}


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    versions = {label: _HEADINGS[label] for label in ("feature", "verdict", "prompt_version")}
    models = {label: _HEADINGS[label] for label in ("feature", "verdict", "model")}
    return (
        house.with_widths(
            house.overview(
                "Distributions of A and B",
                "Each feature of both versions in the same window, by the methods of the page Drift: drifted is a PSI "
                "from 0.25 that chance does not explain, shifting from 0.1. The version is "
                "compared with the other one.",
                {**versions, "against": "against"},
                _columns(_VERSIONS),
            ),
            _WIDTHS,
        ),
        house.with_widths(
            house.overview(
                "Distributions of models that run side by side",
                "The same of every two models of the prompt; tokens and cost of the service. Models of different tasks "
                "differ, and nothing is wrong with that.",
                {**models, "against": "against"},
                _columns(_MODELS),
            ),
            _WIDTHS,
        ),
        house.graph(
            "How far B is from A",
            "PSI of each feature between both versions. From the dashed line on the difference is large.",
            house.COUNT,
            [
                series(_distance(), "{{service}} {{feature}}"),
                limit_beside("vector(0.25)", _distance()),
            ],
        ).span(24),
    )


def _distance() -> str:
    return _either("llm_drift_score", _VERSIONS, ', method="psi"')


def _columns(sides: Sequence[str]) -> Sequence[house.Column]:
    def column(heading: str, metric: str, more: str, steps: house.Steps = ()) -> house.Column:
        return house.Column(heading, "none", rows(_with_verdict(metric, sides, more)), steps)

    return (
        column("PSI", "llm_drift_score", ', method="psi"', _SHIFTED),
        column("KS", "llm_drift_score", ', method="ks"'),
        column("JS", "llm_drift_score", ', method="js"'),
        column("Wasserstein", "llm_drift_score", ', method="wasserstein_normalised"'),
        column("p-value", "llm_drift_pvalue", ""),
        column("values", "llm_drift_sample_size", ', window="current"'),
        column("values against", "llm_drift_sample_size", ', window="reference"'),
    )


def _with_verdict(metric: str, sides: Sequence[str], more: str) -> str:
    verdicts = f"max by ({_SERIES}, verdict) ({_either('llm_drift_verdict', sides)})"
    return f"{verdicts} * on ({_SERIES}) group_left () max by ({_SERIES}) ({_either(metric, sides, more)})"


def _either(metric: str, sides: Sequence[str], more: str = "") -> str:
    return " or ".join(f"{metric}{{{chosen}{more}}}" for chosen in sides)
