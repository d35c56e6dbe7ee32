"""The list of models in use: what is known of each, and what is not."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from watchkeeper.config.prices import Retirement as OwnRetirement
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.models_in_use import ModelInUse, models_table, table_note
from watchkeeper.prices.retirements import RetirementBook

NOW = datetime(2026, 11, 29, 22, tzinfo=UTC).timestamp()


def used(model: str, provider: str, calls: float, *services: str) -> ModelInUse:
    """Return a model in use."""
    return ModelInUse(provider=provider, model=model, services=services, calls_per_day=calls)


def shown(*models: ModelInUse) -> list[list[str]]:
    """Return the cells of the table's lines."""
    own = [OwnRetirement.model_validate({"model": "m-1", "date": "2026-11-29", "successor": "m-2"})]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(models_table(models, PriceBook(), RetirementBook(own), NOW))
    lines = [line for line in console.export_text().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_models_are_listed_with_what_is_known_of_them() -> None:
    """Those that go first come first; nothing is made up, and a name is text, not markup."""
    rows = shown(
        used("[red]mine", "", 7, "a"),
        used("gpt-4o-mini", "openai", 1200.4, "bot", "shop"),
        used("m-1", "acme", 3, "a"),
        used("o3-mini", "openai", 1, "a"),
    )

    assert rows == [
        ["openai o3-mini", "a", "1", "1.1 / 4.4", "200,000", "2026-10-23 (37 days ago)"],
        ["acme m-1", "a", "3", "? / ?", "?", "2026-11-29 (today), successor m-2"],
        ["openai gpt-4o-mini", "bot, shop", "1,200", "0.15 / 0.6", "128,000", "2027-01-14 (in 46 days)"],
        ["[red]mine", "a", "7", "? / ?", "?", "not known"],
    ]


@pytest.mark.parametrize(("days", "is_old"), [(0, False), (21, False), (23, True)])
def test_a_table_that_is_old_says_so(days: int, is_old: bool) -> None:
    """A month after it was published."""
    note = table_note(NOW + days * 86_400)

    assert note.startswith("Retirements are those of watchkeeper.yml, else of LiteLLM 1.110.2 (2026-11-20).")
    assert ("days old" in note) is is_old
