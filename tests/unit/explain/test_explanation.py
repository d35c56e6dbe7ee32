"""What is said of changes whose arithmetic fits on a page."""

import math

import pytest
from tests.support.explained import calls, explained

from watchkeeper.explain.cells import Factor
from watchkeeper.explain.certainty import Certainty
from watchkeeper.explain.changes import new_or_grown
from watchkeeper.explain.explanation import Verdict
from watchkeeper.explain.prices import USUAL, list_prices
from watchkeeper.explain.samples import Sample, Samples
from watchkeeper.explain.sentence import sentence

MANY = 10_000.0


def test_a_new_version_is_compared_with_the_one_it_replaces() -> None:
    """Its tokens are compared with those of the old version, not from nothing."""
    found = explained("tokens-per-call", calls(MANY), calls(MANY, tokens_in=990.0, prompt_version="v2"))

    assert sentence(found) == (
        "100 % of +510 tokens: prompt answer/v2, tokens in per call 480 to 990 (certainty: high)."
    )


def test_more_calls_are_distinguished_from_calls_that_cost_more() -> None:
    """Both windows' means are the weights: 10 % more calls of twice the cost."""
    before, after = calls(MANY, tokens_out=0.0), calls(1.1 * MANY, tokens_in=960.0, tokens_out=0.0, dollars=0.004)

    found = explained("cost", before, after)

    assert found.change == pytest.approx(44.0 - 20.0)
    assert {one.factor: round(one.amount, 6) for one in found.movers} == {Factor.TOKENS_IN: 21.0, Factor.VOLUME: 3.0}


def test_a_price_is_distinguished_from_tokens() -> None:
    """The same tokens for half as much again."""
    found = explained("cost", calls(MANY), calls(MANY, dollars=0.003))

    assert [one.factor for one in found.movers] == [Factor.PRICE]


def test_failed_calls_that_took_no_tokens_are_no_retries() -> None:
    """They are tried again for nothing: the cost did not move because of them."""
    failed = Sample(amount="requests", labels={**calls()[0].labels, "status": "error"}, per_hour=MANY)

    found = explained("cost", calls(MANY), [*calls(MANY, dollars=0.003), failed])

    assert found.movers[0].factor is Factor.PRICE
    assert not any(one.factor is Factor.RETRIES for one in found.movers)


def test_failed_calls_that_took_tokens_are_retries() -> None:
    """Twice the calls for the same answers."""
    failed = Sample(amount="requests", labels={**calls()[0].labels, "status": "timeout"}, per_hour=MANY)
    billed = [Sample(amount="billed", labels={"service": "support"}, per_hour=2 * MANY)]

    found = explained(
        "cost", calls(MANY), [*calls(MANY, tokens_in=960, tokens_out=200, dollars=0.004), failed, *billed]
    )

    assert [(one.factor, round(one.amount, 6)) for one in found.movers] == [(Factor.RETRIES, 20.0)]


def test_labels_that_are_counted_together_are_called_so() -> None:
    """`other` is no name: the line says that it is several, and is less sure."""
    before = [*calls(MANY), *calls(MANY, prompt="other", prompt_version="other")]
    after = [*calls(MANY), *calls(MANY, prompt="other", prompt_version="other", tokens_in=990.0)]

    found = explained("tokens-per-call", before, after)

    assert "prompt other/other (several, counted together), tokens in per call 480 to 990" in sentence(found)
    assert found.certainty is Certainty.MEDIUM
    assert found.doubts == ["50% of the calls have labels counted together as other or older"]


def test_several_services_are_distinguished() -> None:
    """Of a sum over services the line names whose calls they are."""
    before = [*calls(MANY), *calls(MANY, service="search")]
    after = [*calls(MANY), *calls(3 * MANY, service="search")]

    assert sentence(explained("cost", before, after)).startswith(
        "100 % of +$40/h: search, calls per hour 10 000 to 30 000"
    )


def test_what_happens_in_every_service_is_one_cause() -> None:
    """Fifty services with twice the calls: no service is named, and their calls are added up."""
    services = [f"service-{number}" for number in range(50)]
    before = [sample for service in services for sample in calls(MANY, service=service)]
    after = [sample for service in services for sample in calls(2 * MANY, service=service)]

    assert sentence(explained("cost", before, after)) == (
        "100 % of +$1 000/h: 50 services, calls per hour 500 000 to 1 000 000 (certainty: high)."
    )


def test_a_prompt_of_each_service_is_still_its_own() -> None:
    """Only what has no label, or the same one, is added up."""
    services = [f"service-{number}" for number in range(50)]
    before = [sample for name in services for sample in calls(MANY, service=name, prompt=name, tokens_out=0.0)]
    after = [sample for name in services for sample in calls(MANY, service=name, prompt=name, tokens_in=960.0)]
    after += [sample for name in services for sample in calls(MANY, service=name, prompt=f"{name} more")]

    found = explained("tokens", before, after)

    assert {one.who.label for one in found.movers if one.who} >= {"service-7 more", "service-8 more"}
    assert sentence(found).startswith(
        "47 % of +580 000 000 tokens/h: 50 services, tokens in per call; 10 %: 50 services"
    )


def test_a_cause_that_does_not_stand_out_is_not_called_an_explanation() -> None:
    """Four factors that made about a quarter of it each: the line names them, and says that none explains it."""
    labels = {"service": "support"}
    runs = [[Sample(amount="runs", labels=labels, per_hour=count)] for count in (1_000.0, 1_200.0)]
    before = [*calls(MANY, tokens_out=120.0, dollars=0.001), *runs[0]]
    after = [*calls(1.44 * MANY, tokens_in=600.0, tokens_out=150.0, dollars=0.0015), *runs[1]]

    found = explained("cost", before, after)

    assert found.verdict is Verdict.UNEXPLAINED
    assert sentence(found).startswith(
        "nothing explains +$11.6/h by itself; 24 %: calls per run 10 to 12; 24 %: calls per hour"
    )


@pytest.mark.parametrize(
    ("before", "after", "verdict", "line"),
    [
        pytest.param(
            [], [], Verdict.NO_DATA, "cost cannot be explained: no calls in either window.", id="nothing at all"
        ),
        pytest.param(
            [],
            calls(MANY),
            Verdict.ONLY_AFTER,
            "cost cannot be explained: $20/h now, no calls in the window before.",
            id="nothing before",
        ),
        pytest.param(
            calls(MANY),
            [],
            Verdict.ONLY_BEFORE,
            "cost cannot be explained: $20/h before, no calls now.",
            id="nothing now",
        ),
        pytest.param(
            calls(MANY),
            calls(MANY + 10),
            Verdict.STEADY,
            "no change of cost beyond chance: $20/h before, $20/h now.",
            id="what chance does",
        ),
    ],
)
def test_what_cannot_be_explained_says_why(
    before: list[Sample], after: list[Sample], verdict: Verdict, line: str
) -> None:
    """What is known and what is not."""
    found = explained("cost", before, after)

    assert found.verdict is verdict
    assert sentence(found) == line


def test_few_calls_make_it_less_sure() -> None:
    """Twenty calls at ten times the cost are no chance, and no certainty."""
    found = explained("cost-per-call", calls(25), calls(25, tokens_in=48_000, dollars=0.2))

    assert found.verdict is Verdict.EXPLAINED
    assert found.doubts == ["one window has only 25 calls"]


def test_a_model_without_a_list_price_makes_it_less_sure() -> None:
    """How its cost is split between kinds of tokens is a guess, and without any cost there is none to explain."""
    before = [*calls(MANY, model="of-our-own"), *calls(MANY, model="unpriced", dollars=0.0)]
    after = [*calls(2 * MANY, model="of-our-own"), *calls(MANY, model="unpriced", dollars=0.0)]

    assert explained("cost", before, after).doubts == [
        "calls of model unpriced have no price: their cost is missing",
        "model of-our-own is not in the price list: its cost is split by usual proportions",
    ]


def test_what_is_new_is_reported() -> None:
    """Versions and models that only the later window has, and that are more than a try."""
    tried = calls(5, model="gpt-4o")
    samples = Samples(before=calls(MANY), after=[*calls(MANY, prompt_version="v2"), *tried])

    assert [change.what for change in new_or_grown(samples)] == ["prompt answer/v2 is new"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(0.0, 0.009, [], id="a try later"),
        pytest.param(0.0, 0.01, ["prompt answer/v2 is new"], id="a hundredth of the calls that is new"),
        pytest.param(0.009, 1.0, ["prompt answer/v2 is new"], id="a try before"),
        pytest.param(0.01, 1.0, ["prompt answer/v2 has a larger share of calls"], id="begun in the window before"),
        pytest.param(0.125, 1.0, ["prompt answer/v2 has a larger share of calls"], id="three hours in it"),
        pytest.param(0.25, 0.74, [], id="less than three times as many"),
        pytest.param(0.01, 0.05, [], id="less than a twentieth of the calls more"),
        pytest.param(1.0, 1.0, [], id="as before"),
    ],
)
def test_what_had_begun_before_or_was_tried_is_reported_by_its_share(
    before: float, after: float, said: list[str]
) -> None:
    """A change that was noticed hours later is in both windows; what moves by chance is no change."""
    sides = [[*calls(MANY * (1 - share)), *calls(MANY * share, prompt_version="v2")] for share in (before, after)]
    samples = Samples(before=sides[0], after=sides[1])

    assert [change.what for change in new_or_grown(samples) if "v2" in change.name] == said


def test_prices_are_those_of_the_table_or_usual_proportions() -> None:
    """A model that no one lists is split by usual proportions, which is said of it."""
    mini = list_prices("openai", "gpt-4o-mini")

    assert (mini.fresh_input, mini.cached_input, mini.output) == pytest.approx((0.15e-6, 0.075e-6, 0.6e-6))
    assert mini.is_listed
    assert list_prices("", "of-our-own") is USUAL


def test_a_score_does_not_hide_the_provider_of_its_row() -> None:
    """Scores have no label for it; whichever comes last, a model is priced as that provider's."""
    # A model that this provider's list does not have, and another one's does.
    model = "claude-sonnet-4-5"
    before, after = calls(MANY, model=model), calls(MANY, tokens_out=400.0, model=model)
    unlabelled = {label: value for label, value in after[0].labels.items() if label not in ("provider", "status")}
    score = Sample(amount="scores", labels=unlabelled, per_hour=1.0)

    first, last = explained("cost", before, [score, *after]), explained("cost", before, [*after, score])

    assert [part.amount for part in first.parts] == [part.amount for part in last.parts]


def test_what_is_no_count_moves_nothing() -> None:
    """A rest of sums of floating-point numbers, and what no counter comes to, are nothing, not a cause."""
    labels = {**calls()[2].labels, "prompt": "none"}
    odd = [Sample(amount="cost", labels=labels, per_hour=rate) for rate in (2.2e-308, 1e300, math.inf, math.nan)]

    found = explained("cost", [*calls(MANY), *odd], [*calls(MANY, tokens_in=960.0), *odd])

    assert found == explained("cost", calls(MANY), calls(MANY, tokens_in=960.0))


def test_a_version_that_took_over_is_compared_with_what_it_took_over_from() -> None:
    """One call in twenty was of v2 before the change, and had its tokens already: its share is what moved them."""
    before = [*calls(0.95 * MANY), *calls(0.05 * MANY, tokens_in=990.0, prompt_version="v2")]
    after = [*calls(0.05 * MANY), *calls(0.95 * MANY, tokens_in=990.0, prompt_version="v2")]

    found = explained("tokens-per-call", before, after)

    assert sentence(found) == (
        "100 % of +459 tokens: prompt answer/v2, tokens in per call 507 to 990 (certainty: high)."
    )
