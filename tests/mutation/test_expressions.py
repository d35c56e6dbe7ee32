"""Every part of an expression that can be wrong is made wrong, one at a time."""

import pytest
from tests.mutation.expressions import reprinted, wrong_expressions


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("x > y", {"x{} < y{}"}, id="a comparison is turned round"),
        pytest.param("up == 0", {"up{} != 0", "up{} == (2)", "up{} == (-1)"}, id="a zero has no factor"),
        pytest.param("x > 6", {"x{} < 6", "x{} > (9)", "x{} > (4)"}, id="a number is half as much more and less"),
        pytest.param("x and y", {"x{}"}, id="a condition goes"),
        pytest.param("x unless y", {"x{}"}, id="an exception goes"),
        pytest.param("x or y", {"x{}", "y{}"}, id="either of two sources goes"),
        pytest.param("x / y", {"x{} * y{}"}, id="a ratio becomes a product"),
        pytest.param('x{a="b"}', {"x{}", 'x{a!="b"}', 'x{a="bx"}'}, id="a matcher goes, is negated, looks for another"),
        pytest.param(
            'x{a=~"b|c"}',
            {"x{}", 'x{a!~"b|c"}', 'x{a=~"b|cx"}', 'x{a=~"b"}', 'x{a=~"c"}'},
            id="each choice of a pattern goes",
        ),
        pytest.param(
            'rate(x{a="b"}[5m] offset 1h)',
            {
                "rate((x{}[5m] offset 1h))",
                'rate((x{a!="b"}[5m] offset 1h))',
                'rate((x{a="bx"}[5m] offset 1h))',
                'rate((x{a="b"}[5m]))',
            },
            id="the offset of a window goes, and its matchers are wrong as those of any other selector",
        ),
        pytest.param('{a="b"}', {'{a="bx"}'}, id="a selector without a name keeps something to look for"),
        pytest.param(r'x{a=~"\\d"}', {"x{}", r'x{a!~"\\d"}', r'x{a=~"\\dx"}'}, id="escapes stay as they are"),
    ],
)
def test_an_expression_is_made_wrong_in_each_place(right: str, wrong: set[str]) -> None:
    """The table is all that is done."""
    made = [mutant.text for mutant in wrong_expressions(right)]

    assert sorted(made) == sorted(wrong)


def test_only_one_place_is_wrong_and_the_rest_means_the_same() -> None:
    """Parentheses around the wrong part keep what belongs together together."""
    right = '(a > on (s) group_left () max by (s) (l{n="A"})) and on (s) b >= 6'

    made = {mutant.text for mutant in wrong_expressions(right)}

    assert "(a{} > on (s) group_left () max by (s)((l{}))) and on (s) b{} >= 6" in made
    assert '((a{} < on (s) group_left () max by (s)(l{n="A"}))) and on (s) b{} >= 6' in made
    assert '(a{} > on (s) group_left () max by (s)(l{n="A"})) and on (s) b{} >= (9)' in made


def test_what_changed_is_reported_without_what_did_not() -> None:
    """A difference that a person can read."""
    reported = {(mutant.before, mutant.after) for mutant in wrong_expressions("sum(rate(x[5m])) > 6")}

    assert ("6", "9") in reported


def test_an_expression_printed_anew_keeps_its_escapes() -> None:
    """The parser reads a backslash away and would not put it back."""
    assert reprinted(r'x{a=~"\\d"}') == r'x{a=~"\\d"}'
