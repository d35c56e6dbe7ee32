"""Who changed when a canary gets worse."""

import pytest

from watchkeeper.analyzer.prober.cause import Cause, Standing, Targets, causes

NO, LEARNING, STEADY, WORSE = Standing.NO_DATA, Standing.LEARNING, Standing.STEADY, Standing.WORSE


@pytest.mark.parametrize(
    ("model", "application", "expected"),
    [
        pytest.param(WORSE, WORSE, Cause.PROVIDER, id="both worse: the provider changed"),
        pytest.param(STEADY, WORSE, Cause.APPLICATION, id="only the application worse: we changed"),
        pytest.param(NO, WORSE, Cause.UNKNOWN, id="the model did not answer: no one can say"),
        pytest.param(LEARNING, WORSE, Cause.UNKNOWN, id="the model has no first runs yet"),
        pytest.param(WORSE, STEADY, Cause.NONE, id="the application copes with a worse model"),
        pytest.param(STEADY, STEADY, Cause.NONE, id="nothing got worse"),
        pytest.param(STEADY, LEARNING, Cause.LEARNING, id="the first run of the application"),
    ],
)
def test_the_application_suffers_from(model: Standing, application: Standing, expected: Cause) -> None:
    """The model itself is what an application is held against."""
    targets = Targets(models=frozenset({"gpt"}), model_of={"shop": "gpt"})

    assert causes({"gpt": model, "shop": application}, targets)["shop"] is expected


def test_a_model_that_got_worse_is_its_provider_s() -> None:
    """No one is between it and the canary."""
    targets = Targets(models=frozenset({"gpt"}), model_of={})

    assert causes({"gpt": WORSE}, targets) == {"gpt": Cause.PROVIDER}


def test_what_did_not_answer_has_no_cause() -> None:
    """No data is no verdict."""
    assert causes({"gpt": NO}, Targets(models=frozenset({"gpt"}), model_of={})) == {}


def test_with_two_models_an_application_must_say_which_is_its() -> None:
    """Guessing would blame the wrong one; the only model of a canary needs no guess."""
    two = Targets(models=frozenset({"a", "b"}), model_of={})
    named = Targets(models=frozenset({"a", "b"}), model_of={"shop": "b"})
    only = Targets(models=frozenset({"a"}), model_of={})
    standings = {"a": STEADY, "b": WORSE, "shop": WORSE}

    assert causes(standings, two)["shop"] is Cause.UNKNOWN
    assert causes(standings, named)["shop"] is Cause.PROVIDER
    assert causes({"a": STEADY, "shop": WORSE}, only)["shop"] is Cause.APPLICATION
