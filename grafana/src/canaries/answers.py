"""Row 1: how good the answers to fixed questions are, and who changed where they got worse."""

from collections.abc import Sequence

from grafana.src import house, palette
from grafana.src.canaries.filters import CHOSEN
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import instant, rows, series

TITLE = "Canaries"
NO_DATA = "no canary ran in the time shown: canaries are in watchkeeper.yml"

_SCORE = f"min by (canary, target) (llm_canary_score{{{CHOSEN}}})"
_AGE = f"(time() - max by (canary, target) (last_over_time(llm_canary_last_run_timestamp_seconds{{{CHOSEN}}}[3d])))"
_INTERVAL = f"max by (canary, target) (last_over_time(llm_canary_interval_seconds{{{CHOSEN}}}[3d]))"
_BAD = f'llm_canary_cause{{{CHOSEN}, cause=~"provider|application|unknown"}} == 1'
_WHICH = "{{canary}} of {{target}}"
# LLMCanaryFailing fires below 0.8 unless watchkeeper.yml says otherwise.
_SCORES: house.Steps = ((None, "text"), (-1e9, "red"), (0.8, palette.ATTENTION), (0.99, "green"))
_NO_CANARY = """no canary yet, or no answer. Add one to watchkeeper.yml, then make reload:
{models: [{name: m, url: "http://m/v1", model: m}], canaries: {prompts: [{name: sum, prompt: 1+1, targets: [m], \
expect: {regex: "2"}}]}}"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_now(), *_over_time())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Lowest score",
                "The lowest score of the selected canaries at their last run. Everything expected is 100 %. "
                '"no data" means that no canary runs, or that none gets an answer.',
                house.RATIO,
                instant(f"min({_SCORE})"),
            ).span(6),
            _SCORES,
        ),
        house.wanted_zero(
            "Worse than at first",
            "Canaries that score below the threshold and below their first runs; 0 is good. "
            "The table below says who changed.",
            house.COUNT,
            instant(f"count({_BAD}) or 0 * count(llm_canary_cause{{{CHOSEN}}})"),
        ).span(6),
        house.wanted_zero(
            "Runs without an answer",
            "Runs of canaries in the last day that got no answer, or none that could be read; 0 is good. "
            "They have no score.",
            house.COUNT,
            instant(
                f"sum(increase(llm_canary_failures_total{{{CHOSEN}}}[1d]))"
                f" or 0 * count(llm_canary_interval_seconds{{{CHOSEN}}})"
            ),
        ).span(6),
        house.number(
            "Longest time since an answer",
            "Time since the last answer of the canary that waits longest. LLMCanaryStale looks at intervals.",
            house.SECONDS,
            instant(f"max({_AGE})"),
        ).span(6),
    )


def _now() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Who changed?",
            "What each canary that answers suffers from. none: as good as its first runs. provider: the model itself "
            "answers worse. application: the model answers as before, the application does not. unknown: whether the "
            "model changed is not known. learning: no first runs yet.",
            rows(f"max by (canary, target, cause) (llm_canary_cause{{{CHOSEN}}} == 1)"),
            {"canary": "canary", "target": "target", "cause": "cause"},
        )
        .no_value(_NO_CANARY)
        .span(12),
        house.listing(
            "What the provider reports differently",
            "Model name, fingerprint or number of input tokens that were not seen at a canary's first runs. "
            "No row means that nothing is new, or that the provider reports none of them.",
            rows(f"max by (canary, target, what) (llm_canary_changed{{{CHOSEN}}} == 1)"),
            {"canary": "canary", "target": "target", "what": "what"},
        )
        .no_value("nothing new since the first runs, or no canary ran in the time shown")
        .span(12),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Score",
            "Share of what is expected that the answers have. Below the dashed line LLMCanaryFailing fires. "
            "A gap is no answer.",
            house.RATIO,
            [series(_SCORE, _WHICH), limit_beside('max(llm_alert_threshold{alert="LLMCanaryFailing"})', _SCORE)],
            lowest=True,
        ),
        house.graph(
            "Similarity to the first answers",
            "Words in order that answers share with the most similar of the first ones. A fall with the same score is "
            "another way to say the same.",
            house.RATIO,
            [series(f"min by (canary, target) (llm_canary_similarity_ratio{{{CHOSEN}}})", _WHICH)],
            lowest=True,
        ),
        house.graph(
            "Intervals since the last answer",
            "Time since the last answer over the interval of the canary. Above the dashed line LLMCanaryStale fires.",
            house.COUNT,
            [
                series(f"{_AGE} / on (canary, target) {_INTERVAL}", _WHICH),
                limit_beside('max(llm_alert_threshold{alert="LLMCanaryStale"})', _INTERVAL),
            ],
        ),
        *_of_answers(),
    )


def _of_answers() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Time to answer",
            "Mean duration of the answers of a run, by canary and target.",
            house.SECONDS,
            [series(f"max by (canary, target) (llm_canary_duration_seconds{{{CHOSEN}}})", _WHICH)],
        ),
        house.graph(
            "Tokens of an answer",
            "Mean tokens that the provider reports. Input tokens of a fixed question change only with the tokenizer "
            "or with what the provider adds.",
            house.COUNT,
            [series(f"max by (canary, target, type) (llm_canary_tokens{{{CHOSEN}}})", f"{_WHICH}, {{{{type}}}}")],
        ),
        house.graph(
            "Runs without an answer, by kind of error",
            "Runs in the last hour that got no answer, or none that could be read.",
            house.COUNT,
            [
                series(
                    f"sum by (canary, target, error_type) (increase(llm_canary_failures_total{{{CHOSEN}}}[1h]))",
                    f"{_WHICH}, {{{{error_type}}}}",
                )
            ],
        ).no_value("no run without an answer in the time shown, or no canary ran"),
    )
