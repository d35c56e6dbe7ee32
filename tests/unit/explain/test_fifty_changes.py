"""The cause of a change is named first: fifty changes of bench/explained_changes, whose cause is known."""

from pathlib import Path

import msgspec
import pytest
from explained_changes.measure import Named, measured

FIGURES = Path(__file__).parents[3] / "bench" / "explained_changes" / "figures.json"
AT_LEAST = 48


@pytest.fixture(scope="module")
def changes() -> list[Named]:
    """All of them, as the page shows them."""
    return list(measured())


def test_the_cause_is_named_first(changes: list[Named]) -> None:
    """In 48 of 50, and the label that it is about."""
    missed = [f"{one.change} ({one.cause}): {one.said}" for one in changes if not one.is_first]

    assert len(changes) == 50
    assert len(changes) - len(missed) >= AT_LEAST, "\n".join(missed)


def test_other_traffic_gives_the_same() -> None:
    """It is not the seed that was chosen."""
    assert sum(one.is_first for one in measured(seed=77)) >= AT_LEAST


def test_the_page_shows_these(changes: list[Named]) -> None:
    """The figures are those of the code as it is."""
    shown = msgspec.json.decode(FIGURES.read_bytes())["changes"]

    assert shown == msgspec.to_builtins(changes)
