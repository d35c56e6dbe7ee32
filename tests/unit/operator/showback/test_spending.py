"""Users by the lines of Loki, a day at a time; what an engine refuses is reported."""

from collections.abc import Callable
from decimal import Decimal
from urllib.parse import parse_qs

import httpx
import pytest

from watchkeeper.engines.windows import Window
from watchkeeper.errors import EngineError
from watchkeeper.operator.showback.bill import Spent
from watchkeeper.operator.showback.commands import notes_of, with_users
from watchkeeper.operator.showback.spending import Spending

DAY = 86_400.0
TWO_DAYS_AND_A_HALF = Window(start=1000 * DAY, end=1002.5 * DAY)
Answer = Callable[[httpx.Request], httpx.Response]


def vector(**values: str) -> httpx.Response:
    """Return the answer of a query: a value for each user."""
    series = [{"metric": {"user": user}, "value": [0, value]} for user, value in values.items()]
    return httpx.Response(200, json={"data": {"result": series}})


def spending(answer: Answer) -> Spending:
    """Return who asks engines that answer so."""
    return Spending(httpx.Client(transport=httpx.MockTransport(answer)), "http://prometheus", "http://loki")


def test_users_are_summed_up_over_days() -> None:
    """Each piece is asked at its end, and the last one is as long as what is left."""
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        asked.append((form["time"][0], form["query"][0].rpartition("[")[2]))
        return vector(a1="0.25", b2="1") if "sum_over_time" in form["query"][0] else vector(a1="2", b2="1", free="4")

    found = spending(answer).by_user(TWO_DAYS_AND_A_HALF)

    assert found == {
        "a1": Spent(usd=Decimal("0.75"), calls=6),
        "b2": Spent(usd=Decimal(3), calls=3),
        "free": Spent(usd=Decimal(0), calls=12),
    }
    ends = [round((1000 + days) * DAY * 1e9) for days in (1, 2, 2.5)]
    assert asked[::2] == [
        (str(end), f"{seconds}s]))") for end, seconds in zip(ends, (86400, 86400, 43200), strict=True)
    ]


def test_what_is_on_no_line_is_not_known() -> None:
    """The dollars of Prometheus less those of the lines."""
    asks = spending(lambda _: vector(a1="1"))

    found = with_users(asks, Window(start=0, end=DAY), Spent(usd=Decimal("2.5"), calls=5))

    assert found == {"a1": Spent(usd=Decimal(1), calls=1), "": Spent(usd=Decimal("1.5"), calls=4)}


def test_the_bill_says_what_it_cannot_know() -> None:
    """Without samples of its beginning, and of users."""
    notes = list(notes_of(spending(lambda _: vector()), TWO_DAYS_AND_A_HALF, "user"))

    assert [note.split(".")[0] for note in notes] == [
        "Prometheus has no samples from the beginning of the month: what was spent before them is missing",
        "Users are known by the hashes on log lines",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "invalid parameter"}),
        httpx.Response(422, json={"error": "query processing would load too many samples into memory in x"}),
        httpx.Response(200, json={"data": {"result": [{"metric": 1}]}}),
    ],
    ids=["refused", "too much for ten minutes too", "no result"],
)
def test_an_engine_that_cannot_answer_is_reported(answer: httpx.Response) -> None:
    """In a sentence, after as many pieces as make sense."""
    with pytest.raises(EngineError):
        spending(lambda _: answer).by_label("team", Window(start=0, end=1200))
