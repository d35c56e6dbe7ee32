"""What several verdicts come to, and how far judges agree."""

import krippendorff
import pytest
from tests.support.judges import make_evaluator, make_item, make_line, make_result

from watchkeeper.analyzer.judge.agreement import LEAST, Agreement
from watchkeeper.analyzer.judge.item import is_chosen
from watchkeeper.analyzer.judge.panel import CriterionResult, composite, weighed
from watchkeeper.analyzer.judge.report import JudgeReport
from watchkeeper.analyzer.rubric.scale import Verdict
from watchkeeper.analyzer.sampling import is_sampled
from watchkeeper.config.evaluators import Criterion
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

NUMERIC = Criterion(name="helpful", rubric="{{output}}")
NOMINAL = Criterion(name="tone", rubric="{{output}}", scale="categorical", categories=("kind", "rude"))


def test_numbers_have_a_weighed_mean_and_categories_a_vote() -> None:
    """Of equal votes the first one counts."""
    kind, rude = Verdict(category="kind"), Verdict(category="rude")

    assert weighed([Verdict(value=1.0), Verdict(value=0.0)], [0.75, 0.25]) == Verdict(value=0.75)
    assert weighed([kind, rude, rude], [0.5, 0.2, 0.2]) == kind
    assert weighed([kind, rude, rude], [0.4, 0.3, 0.3]) == rude
    assert weighed([rude, kind], [0.5, 0.5]) == rude


def test_a_mean_of_all_needs_all() -> None:
    """Half of it would be the mean of something else."""
    evaluator = make_evaluator()
    whole = make_result(evaluator, 0.5)

    assert composite([whole]) == 0.5
    assert composite([whole, CriterionResult(criterion=NUMERIC, error_type="timeout")]) is None


@pytest.mark.parametrize(
    ("values", "is_disputed"), [((1.0, 0.75), False), ((1.0, 0.69), True), ((0.5,), False), ((0.2, 0.2, 0.9), True)]
)
def test_judges_that_are_far_apart_disagree(values: tuple[float, ...], is_disputed: bool) -> None:
    """More than one step of a scale of five."""
    assert make_result(make_evaluator(), *values).is_disputed is is_disputed


def test_agreement_is_krippendorff_s_alpha() -> None:
    """Of the numbers as numbers; below twenty answers no one can say."""
    agreement, said = Agreement(NUMERIC), []
    for number in range(LEAST):
        assert agreement.alpha() is None
        said.append((number / LEAST, (number * 7 % LEAST) / LEAST))
        agreement.take([Verdict(value=value) for value in said[-1]])

    expected = krippendorff.alpha(reliability_data=list(zip(*said, strict=True)), level_of_measurement="interval")
    assert agreement.alpha() == pytest.approx(expected)


def test_full_agreement_is_one_and_categories_have_no_distance() -> None:
    """Also of words."""
    agreement = Agreement(NOMINAL)
    for number in range(LEAST):
        agreement.take([Verdict(category=("kind", "rude")[number % 2])] * 3)

    assert agreement.alpha() == 1.0


def test_judges_that_always_say_the_same_agree_on_nothing() -> None:
    """Alpha is not defined without variance, and 1 would be made up."""
    agreement = Agreement(NUMERIC)
    for _ in range(LEAST):
        agreement.take([Verdict(value=1.0), Verdict(value=1.0)])

    assert agreement.alpha() is None


def test_one_judge_agrees_with_no_one() -> None:
    """There is nothing to compare."""
    store = MetricStore(METRICS)
    report, evaluator = JudgeReport(store), make_evaluator()
    for number in range(LEAST):
        report.take(evaluator, make_item(), [make_result(evaluator, number / LEAST)])

    assert store.families["llm_judge_agreement_score"].series == {}


def test_a_sample_is_a_share_of_traces_and_always_the_same() -> None:
    """Whoever asks; none of it with 0 and all of it with 1."""
    traces = [f"{number:032x}" for number in range(4000)]
    chosen = [trace for trace in traces if is_sampled(trace, 0.1)]

    assert 320 < len(chosen) < 480
    assert chosen == [trace for trace in traces if is_sampled(trace, 0.1)]
    assert set(chosen) <= {trace for trace in traces if is_sampled(trace, 0.2)}
    assert not any(is_sampled(trace, 0.0) for trace in traces)
    assert all(is_sampled(trace, 1.0) for trace in traces)


def test_all_calls_of_a_trace_are_in_the_sample_or_none() -> None:
    """So that a run is scored as a whole."""
    evaluator = make_evaluator(sample=0.5)

    for number in range(50):
        found = {is_chosen(evaluator, make_line(trace_id=f"{number:032x}", span_id=f"{n:016x}")) for n in range(5)}
        assert len(found) == 1
