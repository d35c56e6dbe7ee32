"""When models are retired: entries of watchkeeper.yml before the table, and one name for each model."""

from datetime import date

import pytest

from watchkeeper.config.prices import Retirement as OwnRetirement
from watchkeeper.model.providers import provider_named
from watchkeeper.prices.retirement_names import retirement_name
from watchkeeper.prices.retirements import RetirementBook, shipped_table


def own(model: str, day: str | None, **more: str) -> OwnRetirement:
    """Return an entry of watchkeeper.yml."""
    return OwnRetirement.model_validate({"model": model, "date": day, **more})


@pytest.mark.parametrize(
    ("provider", "model", "day"),
    [
        ("openai", "gpt-4o", date(2027, 1, 14)),
        ("openai", "GPT-4o-2024-11-20", date(2027, 1, 14)),
        ("azure.ai.openai", "gpt-4o", date(2027, 4, 14)),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", date(2027, 4, 8)),
        ("gcp.gemini", "models/gemini-2.5-pro", date(2026, 12, 1)),
        ("gcp.vertex_ai", "claude-opus-4-7@default", date(2027, 4, 16)),
        ("fireworks", "accounts/fireworks/models/glm-5p2", date(2026, 9, 25)),
    ],
)
def test_the_table_knows_a_model_by_what_clouds_call_it(provider: str, model: str, day: date) -> None:
    """Each provider has days of its own. Source: the table of LiteLLM 1.110.2."""
    found = RetirementBook().of(provider, model)

    assert found is not None
    assert (found.day, found.successor, found.source) == (day, "", "LiteLLM 1.110.2, 2026-11-20")


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "gpt-x"), ("", "gpt-4o"), ("other", "gpt-4o"), ("openai", "")]
)
def test_what_no_one_knows_has_no_day(provider: str, model: str) -> None:
    """No day is made up, also not of another provider's model of the same name."""
    assert RetirementBook().of(provider, model) is None


def test_the_first_entry_that_matches_decides() -> None:
    """It may name a successor, another day, or that the model stays."""
    book = RetirementBook(
        [
            own("gpt-4o-mini", None),
            own("gpt-4o*", "2027-03-01", provider="openai", successor="gpt-6-luna"),
            own("gpt-4o", "2030-01-01"),
        ]
    )

    found = book.of("openai", "gpt-4o")
    assert found is not None
    assert (found.day, found.successor, found.source) == (date(2027, 3, 1), "gpt-6-luna", "watchkeeper.yml")
    assert found.timestamp == 1803859200.0
    assert book.of("openai", "gpt-4o-mini") is None
    other = book.of("azure.ai.openai", "gpt-4o")
    assert other is not None
    assert other.day == date(2030, 1, 1)


def test_the_table_is_written_as_calls_are_named() -> None:
    """A name that is changed again, or a provider that is spelt otherwise, would never be found."""
    table = shipped_table()

    assert all(provider_named(provider) == provider for provider in table.providers)
    assert all(retirement_name(model) == model for models in table.providers.values() for model in models)
    assert sum(len(models) for models in table.providers.values()) > 400
