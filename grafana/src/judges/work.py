"""Row 1: scores of judges, whether they agree, what they cost, and what they leave out."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import instant, rows, series

TITLE = "Judges"

# The filters at the top of the page, as label matchers; of calls an evaluator is the prompt.
_EVALUATORS = 'evaluator=~"$evaluator"'
_BY_JUDGES = 'source="judge", service=~"$service"'
_GATES = "service_gate_result:llm_quality_gate:increase1h"
_COST = 'llm_cost_dollars_total{service="watchkeeper-judges", prompt=~"$evaluator"}'
_AGREEMENT = f"min by (evaluator, criterion) (llm_judge_agreement_score{{{_EVALUATORS}}})"
_WHICH = "{{evaluator}}, {{criterion}}"
_NO_JUDGE = """no judge yet. docs/how-to/judge-answers.md shows how to add one, then make reload:
{models: [{name: m, url: "http://m/v1", model: m}], evaluators: {sets: [{name: good, judges: [{model: m}], \
criteria: [{name: good, rubric: "Is {{output}} good?"}]}]}}"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_scores(), *_work())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Budget used today",
                "What judges have spent or reserved on this day of UTC, over what they may. At 100 % answers are not "
                'scored until midnight. "no data" means that there are no judges.',
                house.RATIO,
                instant("max(llm_judge_spend_dollars) / max(llm_judge_limit_dollars)"),
            ).span(6),
            house.USED,
        ),
        house.number(
            "Answers scored",
            "Scores of judges in the last day, each criterion counted.",
            house.COUNT,
            instant(f"sum(increase(llm_score_count{{{_BY_JUDGES}}}[1d]))"),
        ).span(6),
        house.wanted_zero(
            "Answers not scored",
            "Answers of the last day that an evaluator chose and that were left out: the line was cut, there were no "
            "documents, the queue was full, or the budget was spent; 0 is good.",
            house.COUNT,
            instant(f"sum(increase(llm_judge_skipped_total{{{_EVALUATORS}}}[1d])) or 0 * max(llm_judge_limit_dollars)"),
        ).span(6),
        house.wanted_zero(
            "Verdicts that failed",
            "Verdicts of the last day that did not come about: a judge was away, or said something else than a score; "
            "0 is good. They are no scores.",
            house.COUNT,
            instant(
                f"sum(increase(llm_evaluation_failures_total{{{_BY_JUDGES}}}[1d])) or 0 * max(llm_judge_limit_dollars)"
            ),
        ).span(6),
    )


def _scores() -> Sequence[PanelBuilder]:
    return (*_means_and_gates(), _agreement())


def _means_and_gates() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Scores of judges",
            "Mean of the last hour, by service and score, from 0 to 1. A gap is no score.",
            house.RATIO,
            [
                series(
                    f"sum by (service, score) (increase(llm_score_sum{{{_BY_JUDGES}}}[1h]))"
                    f" / (sum by (service, score) (increase(llm_score_count{{{_BY_JUDGES}}}[1h])) > 0)",
                    "{{service}}, {{score}}",
                )
            ],
            lowest=True,
        ),
        house.graph(
            "Quality gates",
            "Share of the answers of the last hour that pass, by service and gate. LLMQualityGateFailing compares it "
            "with its threshold for the service.",
            house.RATIO,
            [
                series(
                    f'sum by (service, gate) ({_GATES}{{result="passed", service=~"$service"}})'
                    f' / sum by (service, gate) ({_GATES}{{service=~"$service"}})',
                    "{{service}}, {{gate}}",
                )
            ],
            lowest=True,
        ),
    )


def _agreement() -> PanelBuilder:
    return house.graph(
        "Agreement of judges",
        "Krippendorff's alpha over the last answers, up to 200: 1 is full agreement, 0 what chance gives. Below the "
        "dashed line LLMJudgesDisagree fires. One judge, or fewer than 20 answers, have none.",
        house.COUNT,
        [series(_AGREEMENT, _WHICH), limit_beside('max(llm_alert_threshold{alert="LLMJudgesDisagree"})', _AGREEMENT)],
        lowest=True,
    )


def _work() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Answers that judges are far apart on",
            "How many of the last day, by evaluator and criterion: numbers more than 0.3 apart, or other categories.",
            rows(f"sum by (evaluator, criterion) (increase(llm_judge_disagreements_total{{{_EVALUATORS}}}[1d]))"),
            {"evaluator": "evaluator", "Value": "answers", "criterion": "criterion"},
        ).no_value(_NO_JUDGE),
        house.graph(
            "Answers not scored, by reason",
            "In the last hour, by evaluator and reason.",
            house.COUNT,
            [
                series(
                    f"sum by (evaluator, reason) (increase(llm_judge_skipped_total{{{_EVALUATORS}}}[1h]))",
                    "{{evaluator}}, {{reason}}",
                )
            ],
        ),
        house.graph(
            "Answers that wait",
            "Answers in the queue of the judges, of which 500 have place. More are skipped.",
            house.COUNT,
            [series("max(llm_judge_queue_entries)", "waiting")],
        ),
        *_cost(),
    )


def _cost() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Cost of judges",
            "US dollars in the last hour, by evaluator and model, as the exporter prices their calls.",
            house.DOLLARS,
            [series(f"sum by (prompt, model) (increase({_COST}[1h]))", "{{prompt}}, {{model}}")],
        ).span(12),
        house.ranking(
            "Why do verdicts fail?",
            "Failed verdicts of the last day by score and kind of error.",
            house.COUNT,
            instant(
                f"sum by (score, error_type) (increase(llm_evaluation_failures_total{{{_BY_JUDGES}}}[1d])) > 0",
                "{{score}}, {{error_type}}",
            ),
        ).span(12),
    )
