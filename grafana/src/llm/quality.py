"""The page "Quality": what evaluators, gates, guardrails and users say of the answers."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.lines import TRACE
from grafana.src.llm.queries import recorded_rate, share
from grafana.src.llm_overview.filters import OWNED, over_range, ratio, ten_of
from grafana.src.sources import buckets, instant, lines, rows, series
from grafana_foundation_sdk.builders import dashboard

UID = links.QUALITY
FOLDER = frame.FOLDER
QUESTION = "Are the answers good, by scores, checks and users, and which prompt version is worse?"

_NO_SCORES = "no scores in the time shown: docs/how-to/connect-an-app.md and the event score say how to send them"
_NO_CHECKS = "no quality gates, guardrails or feedback in the time shown: docs/reference/events.md has their events"
_NO_QUEUES = "no annotation queue is read: docs/how-to/connect-langfuse.md says how"
# Recorded for LLMFeedbackNegative.
_RATINGS_OF = "service_rating:llm_feedback:increase6h"
_RATINGS = f"{_RATINGS_OF}{{{OWNED}}}"
_SCORED = over_range("increase", f"llm_score_count{{{OWNED}}}")


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now(), _NO_CHECKS),
        frame.Row("Scores", _scores(), _NO_SCORES),
        frame.Row("Checks and users", _checks(), _NO_CHECKS),
        frame.Row("Evaluators", _evaluators(), "no evaluation failed in the time shown, or none is reported"),
        frame.Row("Reviews in Langfuse", _reviews(), _NO_QUEUES),
    )
    return frame.build(UID, "Quality", QUESTION, page_rows)


def _now() -> Sequence[PanelBuilder]:
    gates = f"sum(increase(llm_quality_gate_total{{{OWNED}}}[1h]))"
    guards = f"sum(increase(llm_guardrail_checks_total{{{OWNED}}}[1h]))"
    scores = f"sum(increase(llm_score_count{{{OWNED}}}[1h]))"
    return (
        house.number(
            "Scores",
            "Scores that evaluators gave in the last hour. LLMScoresStopped fires when they end.",
            house.COUNT,
            instant(scores),
        ),
        house.with_thresholds(
            house.number(
                "Gates failed",
                "Share of passes through quality gates in the last hour that failed. LLMQualityGateFailing fires at "
                "its threshold.",
                house.RATIO,
                instant(ratio(f'sum(increase(llm_quality_gate_total{{{OWNED}, result!="passed"}}[1h]))', gates)),
            ),
            house.FAILING,
        ),
        house.number(
            "Blocked",
            "Share of the checks by guardrails in the last hour that did not pass.",
            house.RATIO,
            instant(ratio(f'sum(increase(llm_guardrail_checks_total{{{OWNED}, result!="passed"}}[1h]))', guards)),
        ),
        *_people_now(),
    )


def _people_now() -> Sequence[PanelBuilder]:
    ratings = f"sum({_RATINGS})"
    scores = f"sum(increase(llm_score_count{{{OWNED}}}[1h]))"
    return (
        house.number(
            "Bad feedback",
            "Share of negative ratings in the user feedback of six hours. LLMFeedbackNegative fires when it rises. Few "
            "users rate: consider how many beside.",
            house.RATIO,
            instant(ratio(f'sum({_RATINGS_OF}{{{OWNED}, rating="negative"}})', ratings)),
        ),
        house.number(
            "Ratings",
            "Ratings by users in the last six hours: of few ratings a share says little.",
            house.COUNT,
            instant(ratings),
        ),
        house.wanted_zero(
            "Evals failed",
            "Evaluations of the last hour that ended in an error instead of a score; 0 is good. LLMEvaluatorFailing "
            "fires when a share of them fails.",
            house.COUNT,
            instant(f"sum(increase(llm_evaluation_failures_total{{{OWNED}}}[1h])) or 0 * {scores}"),
        ),
    )


def _mean(labels: str) -> str:
    value, count = (f"sum by ({labels}) (increase(llm_score_{part}{{{OWNED}}}[1h]))" for part in ("sum", "count"))
    return f"{value} / ({count} > 0)"


def _scores() -> Sequence[PanelBuilder]:
    version = "score, prompt, prompt_version"
    return (
        house.graph(
            "Score by criterion",
            "Average score over an hour, by kind of score; 1 is best for scores between 0 and 1. "
            "Watch for drops, as LLMScoreDropped does; the absolute value depends on the evaluator.",
            house.COUNT,
            [series(ten_of("score", _mean("score"), _SCORED), "{{score}}")],
        ).interval(house.SLOWEST),
        house.graph(
            "Score by prompt version",
            "Average score over an hour, of the ten prompt versions with most scores.",
            house.COUNT,
            [series(ten_of(version, _mean(version), _SCORED), "{{score}}: {{prompt}} {{prompt_version}}")],
        ).interval(house.SLOWEST),
        house.heat_map(
            "Distribution of scores",
            "How many scores an hour lay where between 0 and 1: the darker, the more. A second band at the bottom "
            "hides in an average.",
            house.COUNT,
            buckets(f"3600 * sum by (le) ({recorded_rate('service_score:llm_score_bucket', OWNED)})"),
        ).interval(house.SLOW),
        *_versions(),
    )


def _versions() -> Sequence[PanelBuilder]:
    version = "score, prompt, prompt_version"
    return (
        house.column_with_links(
            house.overview(
                "Prompt versions side by side",
                "Average score and number of scores of each prompt version in the time shown, by kind of score.",
                {"score": "score", "prompt": "prompt", "prompt_version": "version"},
                [
                    house.Column(
                        "scores", house.COUNT, rows(f"topk(50, round({_over_the_time('count', version)}) > 0)")
                    ),
                    house.Column(
                        "average",
                        "none",
                        rows(f"{_over_the_time('sum', version)} / ({_over_the_time('count', version)} > 0)"),
                    ),
                ],
            ).height(6),
            "prompt",
            [links.to_page("Compare versions", links.COMPARISON, carry=links.OWNER, prompt=links.of_column("prompt"))],
        ),
    )


def _over_the_time(part: str, labels: str) -> str:
    return f"sum by ({labels}) (increase(llm_score_{part}{{{OWNED}}}[$__range]))"


def _checks() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Pass rate of quality gates",
            "Over an hour, by gate. A drop means worse answers, worse inputs or a stricter check. A gap means none.",
            house.RATIO,
            [series(share("gate", "llm_quality_gate_total", 'result="passed"'), "{{gate}}")],
            lowest=True,
        )
        .max(1)
        .data_links([links.to_page("Judges", links.JUDGES, carry=("service",))]),
        house.graph(
            "Pass rate of guardrails",
            "Over an hour, by guardrail. A drop means attacks, worse inputs or a stricter check. A gap means none.",
            house.RATIO,
            [series(share("guardrail", "llm_guardrail_checks_total", 'result="passed"'), "{{guardrail}}")],
        ).max(1),
        house.graph(
            "User feedback",
            "Share of each rating in the user feedback, over six hours. Few users rate: consider the amount.",
            house.RATIO,
            [
                series(
                    f"sum by (rating) ({_RATINGS}) / on () group_left () (sum({_RATINGS}) > 0)",
                    "{{rating}}",
                )
            ],
        ).interval(house.SLOWEST),
    )


def _evaluators() -> Sequence[PanelBuilder]:
    failures = f"increase(llm_evaluation_failures_total{{{OWNED}}}[1h])"
    return (
        house.graph(
            "Failed evaluations",
            "Evaluations of the last hour that ended in an error instead of a score, by score and evaluator.",
            house.COUNT,
            [series(f"sum by (score, source) ({failures}) > 0", "{{score}} by {{source}}")],
        ).span(12),
        house.stacked_graph(
            "Categorical scores",
            "Scores of the last hour that are words and not numbers, by kind of score and category.",
            house.COUNT,
            [
                series(
                    f"topk(10, sum by (score, category) (increase(llm_score_categories_total{{{OWNED}}}[1h])))",
                    "{{score}}: {{category}}",
                )
            ],
        )
        .no_value("no scores in words in the time shown")
        .span(12),
        house.log_lines(
            "Latest failed checks",
            "Quality gates and guardrails that failed, evaluations that ended in an error, and negative feedback.",
            lines(
                '{event=~"quality_gate_evaluated|guardrail_checked|evaluation_failed", level=~"warning|error", '
                'service=~"$service"} | team=~"$team" '
                '| json gate="gate", guardrail="guardrail", score="score", error_type="error_type" '
                "| line_format `{{.event}} {{.service}} {{.gate}}{{.guardrail}}{{.score}} {{.error_type}}"
                f"{TRACE}`"
            ),
        ).height(8),
    )


def _reviews() -> Sequence[PanelBuilder]:
    names = "{{project}}: {{queue}}"
    return (
        house.graph(
            "Waiting for review",
            "Traces, observations and sessions that wait for a person in each annotation queue. A line that only "
            "rises: more is put there than people look at.",
            house.COUNT,
            [series("max by (project, queue) (watchkeeper_langfuse_queue_entries)", names)],
        ).span(12),
        house.graph(
            "Longest wait for review",
            "How long the oldest of them has waited, by queue; 0 when none waits. A gap: Langfuse did not answer.",
            house.AGE,
            [series("max by (project, queue) (watchkeeper_langfuse_queue_age_seconds)", names)],
        ).span(12),
    )
