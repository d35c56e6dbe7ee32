"""Random calls in two windows: whatever they are, the parts of a change are all of it."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tests.support.explained import calls, explained

from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.samples import Sample
from watchkeeper.explain.sentence import sentence
from watchkeeper.explain.shapley import shapley

# With what sums of floating-point numbers leave, and what no counter comes to.
NUMBERS = st.floats(min_value=0.0, max_value=1e6) | st.sampled_from(
    [5e-324, 2.2e-308, 1e-16, 1e300, math.inf, math.nan]
)
COUNTS = st.floats(min_value=0.01, max_value=1e6)
SHARES = st.floats(0.0, 1.0)
OUTCOMES = st.sampled_from(["ok", "ok", "error", "rate_limited", "timeout", "cancelled"])
LABELS = st.fixed_dictionaries(
    {
        "service": st.sampled_from(["support", "search"]),
        "tenant": st.sampled_from(["acme", "default", "other"]),
        "prompt": st.sampled_from(["answer", "classify", ""]),
        "prompt_version": st.sampled_from(["v1", "v2", "older", ""]),
        "model": st.sampled_from(["gpt-4o-mini", "claude-sonnet-4-5", "of-our-own"]),
    }
)


@st.composite
def of_one_row(draw: st.DrawFn) -> list[Sample]:
    """Everything that may be counted of calls with some labels, none of it consistent with the rest."""
    labels, count, status = draw(LABELS), draw(COUNTS), draw(OUTCOMES)
    found = calls(
        count,
        tokens_in=draw(NUMBERS),
        tokens_out=draw(NUMBERS),
        dollars=draw(st.sampled_from([0.0, 1e-6, 0.5, 100.0])),
        status=status,
        **labels,
    )
    kinds = [{**found[1].labels, "type": kind} for kind in ("cached_input", "cache_write")]
    service = {"service": labels["service"]}
    others = {
        "billed": service,
        "runs": service,
        "timed": labels,
        "seconds": labels,
        "tokens_out": labels,
        "scores": {**labels, "score": draw(st.sampled_from(["helpful", "safe"]))},
        "score_sum": {**labels, "score": "helpful"},
        "reviews": {**service, "outcome": draw(st.sampled_from(["requested", "approved"]))},
        "decisions": {**service, "node": "confidence", "branch": draw(st.sampled_from(["low", "high"]))},
    }
    some = [
        Sample(amount=name, labels=of, per_hour=draw(NUMBERS)) for name, of in others.items() if draw(st.booleans())
    ]
    of_input = [Sample(amount="tokens", labels=of, per_hour=draw(SHARES) * found[1].per_hour) for of in kinds]
    return [*found, *of_input, *some]


WINDOWS = st.lists(of_one_row(), max_size=6).map(lambda rows: [sample for row in rows for sample in row])
MEASURE = st.sampled_from(sorted(MEASURES))


@given(MEASURE, WINDOWS, WINDOWS)
def test_parts_and_movers_add_up(measure: str, before: list[Sample], after: list[Sample]) -> None:
    """To the change, with new and vanished labels, with nothing on a side, with numbers that contradict each other."""
    found = explained(measure, before, after)

    if found.parts:
        size = sum(abs(part.amount) for part in found.parts) + abs(found.before or 0) + abs(found.after or 0)
        assert math.isclose(sum(part.amount for part in found.parts), found.change, rel_tol=0, abs_tol=1e-9 * size)
        assert math.isclose(sum(one.amount for one in found.movers), found.change, rel_tol=0, abs_tol=1e-9 * size)


@given(MEASURE, WINDOWS, WINDOWS)
def test_there_is_always_one_line(measure: str, before: list[Sample], after: list[Sample]) -> None:
    """Of bounded length, whatever happened."""
    line = sentence(explained(measure, before, after))

    assert line
    assert "\n" not in line
    assert len(line) < 900


@given(MEASURE, WINDOWS, WINDOWS, st.integers())
def test_order_does_not_matter(measure: str, before: list[Sample], after: list[Sample], seed: int) -> None:
    """Prometheus gives series in any order."""
    shuffled = [Random(seed).sample(side, len(side)) for side in (before, after)]

    one, other = explained(measure, before, after), explained(measure, *shuffled)

    assert len(one.parts) == len(other.parts)
    size = sum(abs(part.amount) for part in one.parts)
    for part, again in zip(one.parts, other.parts, strict=True):
        assert (part.service, part.factor, part.level, part.label) == (
            again.service,
            again.factor,
            again.level,
            again.label,
        )
        assert math.isclose(part.amount, again.amount, rel_tol=1e-6, abs_tol=1e-9 * size)


@given(MEASURE, WINDOWS)
def test_no_change_has_no_parts(measure: str, both: list[Sample]) -> None:
    """Each part is zero, not only their sum."""
    found = explained(measure, both, both)

    size = abs(found.before or 0.0)
    assert all(math.isclose(part.amount, 0.0, abs_tol=1e-9 * size) for part in found.parts)


FACTORS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=5)


@given(FACTORS)
def test_factors_add_up_and_turn_round(pairs: list[tuple[float, float]]) -> None:
    """The way back has the same parts with the other sign; a factor that stays has none."""
    before, after = zip(*pairs, strict=True)

    there, back = shapley(math.prod, before, after), shapley(math.prod, after, before)

    size = math.prod(max(pair) for pair in pairs)
    assert math.isclose(sum(there), math.prod(after) - math.prod(before), rel_tol=0, abs_tol=1e-9 * (size + 1))
    assert all(math.isclose(one, -other, abs_tol=1e-9 * (size + 1)) for one, other in zip(there, back, strict=True))
    assert all(part == 0 for part, (old, new) in zip(there, pairs, strict=True) if old == new)


@given(FACTORS, st.randoms(use_true_random=False))
def test_no_factor_is_preferred(pairs: list[tuple[float, float]], random: Random) -> None:
    """Factors in another order have the same parts."""
    places = list(range(len(pairs)))
    random.shuffle(places)
    before, after = zip(*pairs, strict=True)

    parts = shapley(math.prod, before, after)
    moved = shapley(math.prod, [before[place] for place in places], [after[place] for place in places])

    size = math.prod(max(pair) for pair in pairs) + 1
    assert all(
        math.isclose(parts[place], part, rel_tol=1e-9, abs_tol=1e-9 * size)
        for place, part in zip(places, moved, strict=True)
    )


def test_two_factors_share_what_they_make_together() -> None:
    """From 2 * 3 to 4 * 6: worked out by hand."""
    assert shapley(math.prod, (2, 3), (4, 6)) == (9.0, 9.0)


def test_three_factors_against_every_order() -> None:
    """The definition: the mean over all orders of what each factor adds."""
    before, after = (2.0, 3.0, 5.0), (7.0, 1.0, 11.0)

    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    expected = [0.0, 0.0, 0.0]
    for order in orders:
        now = list(before)
        for place in order:
            old = math.prod(now)
            now[place] = after[place]
            expected[place] += (math.prod(now) - old) / len(orders)

    assert [round(part, 9) for part in shapley(math.prod, before, after)] == [round(part, 9) for part in expected]
