"""Versions and models that run at the same time become pairs."""

import pytest

from watchkeeper.analyzer.comparison.features import SIDE_BY_SIDE
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.side_by_side import PARTS, busiest, read_pairs
from watchkeeper.analyzer.comparison.windows import Sides, Windows

Samples = list[tuple[dict[str, str], float]]
BY_NAME = {feature.name: feature for feature in SIDE_BY_SIDE}
SETTINGS = Settings(21_600.0, "all_hours", 100)


def reasons(stop: float, length: float, parts: int = PARTS, **labels: str) -> Samples:
    """The same finish reasons in each part of a window."""
    return [
        ({"service": "bot", **labels, "reason": reason, "reference_offset": str(5400 * part)}, count)
        for part in range(parts)
        for reason, count in (("stop", stop), ("length", length))
    ]


def pairs(samples: Samples, feature: str = "finish_reason") -> list[Windows]:
    """What is compared."""
    return list(read_pairs(BY_NAME[feature], SETTINGS, samples))


@pytest.mark.parametrize(("lower", "higher"), [("9", "10"), ("1.9", "1.10"), ("2", "v1"), ("a", "b"), ("²", "³")])
def test_the_lower_version_is_the_reference(lower: str, higher: str) -> None:
    """As numbers are ordered, whichever has more values."""
    few = reasons(20, 10, prompt="ask", prompt_version=lower, model="m")
    many = reasons(90, 5, prompt="ask", prompt_version=higher, model="m")

    (pair,) = pairs([*few, *many])

    assert pair.sides == Sides(prompt="ask", prompt_version=higher, against=lower)
    assert pair.current.total == 95 * PARTS
    assert [one.total for one in pair.reference.values()] == [30] * PARTS
    assert pair.title == "finish_reason"


def test_models_are_compared_over_all_versions_of_their_prompt() -> None:
    """And versions over all models; calls without a prompt are one of their own, without versions."""
    named = [
        sample
        for version, model in (("1", "a"), ("1", "b"), ("2", "a"))
        for sample in reasons(40, 5, prompt="ask", prompt_version=version, model=model)
    ]
    unnamed = [sample for model in "ab" for sample in reasons(30, 1, prompt_version="3", model=model)]

    found = {
        pair.sides: (pair.current.total, sum(one.total for one in pair.reference.values()))
        for pair in pairs([*named, *unnamed])
    }

    assert found == {
        Sides(prompt="ask", prompt_version="2", against="1"): (45 * PARTS, 90 * PARTS),
        Sides(prompt="ask", model="b", against="a"): (45 * PARTS, 90 * PARTS),
        Sides(model="b", against="a"): (31 * PARTS, 31 * PARTS),
    }


@pytest.mark.parametrize("name", ["", "other", "older"])
def test_a_name_of_many_is_no_side(name: str) -> None:
    """Nor is none."""
    samples = [*reasons(40, 5, prompt="ask", model=name), *reasons(40, 5, prompt="ask", model="a")]

    assert pairs(samples) == []


def test_both_need_enough_values_and_service_and_score_of_their_own() -> None:
    """A hundred in the window."""
    few = [*reasons(20, 4, model="a"), *reasons(90, 5, model="b")]
    apart = [
        *reasons(90, 5, model="a"),
        *[({**labels, "service": "shop"}, n) for labels, n in reasons(90, 5, model="b")],
    ]

    assert pairs(few) == []
    assert pairs(apart) == []


def test_of_many_sides_the_three_with_most_values_are_compared() -> None:
    """Each with each."""
    samples = [sample for number in range(6) for sample in reasons(30 + number, 5, model=f"m{number}")]

    assert [(one.sides.model, one.sides.against) for one in pairs(samples)] == [
        ("m4", "m3"),
        ("m5", "m3"),
        ("m5", "m4"),
    ]


def test_the_busiest_pairs_are_shown() -> None:
    """By the smaller of both."""
    samples = [
        ({**labels, "service": f"s{number}"}, count)
        for number in range(501)
        for model, more in (("a", number), ("b", 0 if number == 500 else 10_000))
        for labels, count in reasons(30 + more, 0, model=model)
    ]

    kept = {one.service for one in busiest(pairs(samples))}

    assert len(kept) == 500
    assert "s500" not in kept or "s0" not in kept
    assert "s499" in kept
