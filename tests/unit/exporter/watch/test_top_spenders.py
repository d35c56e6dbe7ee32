"""Who spends the most: within bounds, over an hour, and never put down to the wrong one."""

from decimal import Decimal

import pytest
from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.watch.heavy_hitters import HeavyHitters
from watchkeeper.exporter.watch.top_spenders import SLICE_SECONDS, SLICES, TopSpenders, keep_shown
from watchkeeper.model import Cost, LlmCall, ToolCall


def spending_call(usd: str, **who: str) -> LlmCall:
    """A call of someone that costs so much."""
    return make_call(context=make_context(**who), cost=Cost(usd=Decimal(usd), source="reported", price_date=""))


def test_amounts_add_up_while_there_is_room() -> None:
    """Fewer keys than places are simply added up."""
    hitters = HeavyHitters(3)

    for key, amount in (("a", 1.0), ("b", 2.0), ("a", 0.5)):
        hitters.add(key, amount)

    assert hitters.sure() == {"a": 1.5, "b": 2.0}


def test_the_heavy_one_stays_among_many() -> None:
    """A value that takes a tenth of the total is kept through ten thousand others, and never reported too high."""
    hitters = HeavyHitters(64)

    for n in range(10_000):
        hitters.add(f"small-{n}", 1.0)
        if n % 10 == 0:
            hitters.add("heavy", 1.0)

    sure = hitters.sure()
    assert len(hitters) == 64
    assert max(sure, key=lambda key: sure[key]) == "heavy"
    assert 800 <= sure["heavy"] <= 1000
    assert max(amount for key, amount in sure.items() if key != "heavy") == pytest.approx(1.0)


def test_a_drill_is_nobodys_spending() -> None:
    """What a drill makes up must not push a person out of the list."""
    spenders = TopSpenders()

    spenders.take(spending_call("1000", service="drill-shop", user_hash="u1", session_id="s1"), NOW)

    assert spenders.top("user", NOW) == spenders.top("session", NOW) == []


def test_users_and_sessions_are_distinguished() -> None:
    """One call counts for its user and for its session; who is not reported is left out."""
    spenders = TopSpenders()
    spenders.take(spending_call("0.5", user_hash="u1", session_id="s1"), NOW)
    spenders.take(spending_call("0.25", user_hash="u2", session_id="s1"), NOW)
    spenders.take(spending_call("0.125"), NOW)

    assert spenders.top("user", NOW) == [("u1", 0.5), ("u2", 0.25)]
    assert spenders.top("session", NOW) == [("s1", 0.75)]


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(make_call(context=make_context(user_hash="u1")), id="a call without a price"),
        pytest.param(spending_call("0", user_hash="u1"), id="a free call"),
        pytest.param(ToolCall(context=make_context(user_hash="u1"), tool="search"), id="a tool"),
    ],
)
def test_what_costs_nothing_is_not_spending(fact: LlmCall | ToolCall) -> None:
    """Only calls with a cost count."""
    spenders = TopSpenders()

    spenders.take(fact, NOW)

    assert spenders.top("user", NOW) == []


def test_an_hour_later_it_is_forgotten() -> None:
    """The window slides by ten minutes, also while nothing arrives."""
    spenders = TopSpenders()
    start = NOW // SLICE_SECONDS * SLICE_SECONDS
    spenders.take(spending_call("1", user_hash="u1"), start)
    spenders.take(spending_call("2", user_hash="u1"), start + SLICE_SECONDS)

    hour = SLICES * SLICE_SECONDS
    assert spenders.top("user", start + hour - 1) == [("u1", 3.0)]
    assert spenders.top("user", start + hour) == [("u1", 2.0)]
    assert spenders.top("user", start + 2 * hour) == []


@pytest.mark.parametrize(
    ("ranked", "shown", "kept"),
    [
        pytest.param("abcd", "", "ab", id="the first get in"),
        pytest.param("abcd", "c", "abc", id="one just behind stays if it was shown"),
        pytest.param("abcdef", "f", "ab", id="one far behind goes"),
        pytest.param("ab", "z", "ab", id="one who spends no more goes"),
    ],
)
def test_a_series_does_not_come_and_go(ranked: str, shown: str, kept: str) -> None:
    """It begins among the first two and ends below the first four."""
    assert keep_shown(ranked, dict.fromkeys(shown), 2) == list(kept)
