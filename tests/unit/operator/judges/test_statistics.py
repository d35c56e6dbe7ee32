"""How a judge compares with people."""

import pytest

from watchkeeper.operator.judges.statistics import calibrate_categories, calibrate_numbers, truth


def test_agreement_of_categories() -> None:
    """20 and 15 of 50 agree, where chance would give half: kappa is (.7 - .5) / .5, and Wilson's interval is wide."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15

    found = calibrate_categories(pairs)

    assert (found.pairs, found.agreement.value) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    # By hand, for 35 of 50: (.7 + .03842 -+ 1.96 * sqrt(.0042 + .000384)) / 1.07683.
    assert found.agreement.low == pytest.approx(0.5625, abs=2e-3)
    assert found.agreement.high == pytest.approx(0.8090, abs=2e-3)
    assert found.confusion == {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}


def test_everyone_always_says_the_same() -> None:
    """Kappa is not defined, and the interval is not a point."""
    found = calibrate_categories([("yes", "yes")] * 10)

    assert found.kappa is None
    assert found.agreement.high == pytest.approx(1.0)
    assert 0.7 < found.agreement.low < 0.73


def test_a_judge_that_is_a_tenth_kinder_than_people() -> None:
    """Its bias is a tenth, its interval has it, its correlation is full and its agreement is not."""
    pairs = [(number / 20, number / 20 + 0.1) for number in range(18)]

    found = calibrate_numbers(pairs)

    assert found.bias.value == pytest.approx(0.1)
    assert found.bias.low <= found.bias.value + 1e-9
    assert found.bias.high >= found.bias.value - 1e-9
    assert found.error == pytest.approx(0.1)
    assert found.correlation == pytest.approx(1.0)
    assert found.alpha is not None
    assert 0.8 < found.alpha < 1.0


def test_a_judge_that_guesses_has_an_interval_around_nothing() -> None:
    """And the same file gives the same interval."""
    pairs = [(0.5, 0.0), (0.5, 1.0)] * 50

    found = calibrate_numbers(pairs)

    assert found.bias.low < 0.0 < found.bias.high
    assert found == calibrate_numbers(pairs)
    assert found.correlation is None


def test_without_variance_agreement_is_not_defined() -> None:
    """One would be made up."""
    assert calibrate_numbers([(1.0, 1.0)] * 5).alpha is None


@pytest.mark.parametrize(("text", "word"), [("Yes", "true"), ("0", "false"), (" TRUE ", "true"), ("maybe", None)])
def test_what_people_write_for_true(text: str, word: str | None) -> None:
    """In several ways."""
    assert truth(text) == word
