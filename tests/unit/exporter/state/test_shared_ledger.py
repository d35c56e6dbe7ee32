"""Several exporters that share a database know what all of them spent."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.support import postgres
from tests.support.facts import NOW
from tests.support.objectives import make_budget, paid_call

from watchkeeper.config import load_config
from watchkeeper.exporter.state.budget_keeper import BudgetKeeper, ledger_at
from watchkeeper.exporter.watch.budgets import BudgetBook

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that several processes can reach, as a user names it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state.sqlite"
        return
    with postgres.running_postgres() as running:
        yield running


class Replica:
    """What one of several exporters knows of a budget of a week."""

    def __init__(self, url: str) -> None:
        self.book = BudgetBook([make_budget("week")])
        environ = {"WATCHKEEPER_STATE_URL": url}
        self.keeper = BudgetKeeper(self.book, ledger_at(load_config(None, environ).state_url), lambda: NOW)
        self.keeper.start()

    def spend(self, usd: str, now: float = NOW) -> None:
        """Count a call."""
        self.book.spend(paid_call(usd), now)

    @property
    def spent(self) -> Decimal:
        """What it takes to be spent by everyone."""
        return self.book.accounts["week"].spent(NOW)


def test_each_replica_knows_what_all_spent(url: str) -> None:
    """To the last digit, whoever exchanges first and however often."""
    one, two = Replica(url), Replica(url)
    one.spend("0.1", NOW - DAY)
    one.spend("2")
    two.spend("0.0000000000000000001")
    for replica in (one, two, one, two, two):
        replica.keeper.stop()

    one.spend("4")
    one.keeper.stop()
    two.keeper.stop()

    assert one.spent == two.spent == Decimal("6.1000000000000000001")


def test_what_a_replica_spent_outlives_it(url: str) -> None:
    """Another one that comes in its place knows it from its start on."""
    one, two = Replica(url), Replica(url)
    one.spend("5")
    two.spend("3")
    one.keeper.stop()
    two.keeper.stop()

    third = Replica(url)
    third.spend("1")
    third.keeper.stop()

    assert third.spent == 9


def test_replicas_of_one_database_have_one_ledger(url: str, tmp_path: Path) -> None:
    """So their sums are one sum reported twice; another database is money of its own."""
    one, two = Replica(url), Replica(url)
    other = Replica(f"sqlite:///{tmp_path}/other.sqlite")

    assert one.book.ledger == two.book.ledger != other.book.ledger
