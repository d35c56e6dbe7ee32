"""Both shipped tables in their order, and prices that are in dispute."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.reference.price_comparison import Same, compare, verdict_on, verdicts
from tests.support.facts import make_call, make_context

from watchkeeper.model import Cost, Usage, UsageParts
from watchkeeper.prices.book import OwnPrice, PriceBook
from watchkeeper.prices.tables import shipped_tables

TABLES = shipped_tables()
FIRST, SECOND = TABLES.first.source, TABLES.second.source
DAY = date(2026, 11, 20)
ROOT = Path(__file__).parents[3]


def cost(provider: str, model: str, usage: Usage, **changes: Any) -> Cost | None:
    """What a call costs by the shipped tables alone."""
    context = make_context(provider=provider, model=model, model_requested="")
    return PriceBook().price(make_call(context=context, usage=usage, **changes)).cost


def test_the_first_table_comes_first_and_the_second_fills_its_gaps() -> None:
    """What genai-prices knows it prices; what it does not know LiteLLM's table prices; no one knows the rest."""
    usage = Usage(input=1_000_000, output=0)

    known = cost("openai", "gpt-4o-mini", usage)
    gap = cost("fireworks", "accounts/fireworks/models/deepseek-coder-v2-instruct", usage)

    assert known == Cost(usd=Decimal("0.15"), source=FIRST, price_date=TABLES.first.published.isoformat())
    assert gap == Cost(usd=Decimal("1.2"), source=SECOND, price_date=TABLES.second.published.isoformat())
    assert cost("openai", "nobody-knows", usage) is None


def test_an_own_price_comes_before_both() -> None:
    """watchkeeper.yml ends every dispute."""
    own = OwnPrice(
        model="mistral-large-latest",
        provider="",
        start=date.min,
        input=Decimal(1),
        output=Decimal(2),
        cached_input=Decimal(1),
        cache_write=Decimal(1),
    )
    context = make_context(provider="mistral_ai", model="mistral-large-latest")

    priced = PriceBook([own]).price(make_call(context=context)).cost

    assert priced is not None
    assert (priced.source, priced.is_disputed) == ("override", False)


def test_a_price_on_which_the_tables_disagree_is_in_dispute() -> None:
    """It costs what the first table says, and says that the second one does not."""
    priced = cost("mistral_ai", "mistral-large-latest", Usage(input=1000, output=1000))

    assert priced is not None
    assert (priced.usd, priced.source, priced.is_disputed) == (Decimal("0.008"), FIRST, True)


@pytest.mark.parametrize(("tokens", "disputed"), [(100_000, False), (200_000, False), (200_001, True)])
def test_a_dispute_is_about_the_calls_that_it_changes(tokens: int, *, disputed: bool) -> None:
    """Tables that differ for long inputs only agree on short ones."""
    priced = cost("anthropic", "claude-sonnet-4-5", Usage(input=tokens, output=10))

    assert priced is not None
    assert priced.is_disputed is disputed


def test_cached_input_without_a_price_takes_the_other_tables() -> None:
    """A gap of the first table is filled where both agree on the rest, and both are named."""
    rate = next(
        (provider, model)
        for provider, model in TABLES.second.names()
        if (found := TABLES.find(provider, model, DAY, "")) and found.filled
    )

    plain, cached = (cost(*rate, Usage(input=1000, output=0, cached_input=part)) for part in (0, 1000))

    assert plain is not None
    assert cached is not None
    assert (plain.source, cached.source) == (FIRST, f"{FIRST}, {SECOND}")
    assert cached.usd < plain.usd


def test_parts_of_a_call_have_prices_in_the_second_table_too() -> None:
    """An hour in the cache costs what LiteLLM's table says, where only that table knows the model."""
    name, listed = next(
        (name, listed)
        for provider, name in TABLES.second.names()
        if provider == "aws.bedrock"
        and (found := TABLES.find(provider, name, DAY, ""))
        and found.source == SECOND
        and (listed := TABLES.second.listed(provider, name))
        and listed.cache_write_1h
    )
    usage = Usage(input=1_000_000, output=0, cache_write=1_000_000, parts=UsageParts(cache_write_1h=1_000_000))

    priced = cost("aws.bedrock", name, usage)

    assert priced is not None
    assert priced.usd == listed.cache_write_1h


def test_a_tier_has_its_price_in_the_second_table_too() -> None:
    """A call in a batch costs what the table asks for that; an unknown tier costs the standard price."""
    name, listed = next(
        (name, listed)
        for provider, name in TABLES.second.names()
        if provider == "openai"
        and (found := TABLES.find(provider, name, DAY, ""))
        and found.source == SECOND
        and (listed := TABLES.second.listed(provider, name))
        and "batch" in listed.tiers
    )
    usage = Usage(input=1_000_000, output=0)

    prices = [cost("openai", name, usage, service_tier=tier) for tier in ("batch", "scale")]

    assert [price and price.usd for price in prices] == [listed.tiers["batch"].input, listed.input]


def test_every_price_of_the_second_table_can_be_read() -> None:
    """No entry of the file is broken, and none is free or negative."""
    for provider, model in TABLES.second.names():
        rates = TABLES.second.rates_by_size(provider, model)
        assert rates is not None, model
        assert all(one.fresh_input >= 0 and one.fresh_input + one.plain_output > 0 for one in rates.rates), model
        assert list(rates.steps) == sorted(rates.steps), model


def test_few_models_are_unknown_to_both_tables() -> None:
    """Of the models that LiteLLM's table names at the providers of both tables, 95 of 100 have a price at least."""
    compared = list(compare(TABLES))
    both = {one.provider for one in compared if one.same is not Same.SECOND_ONLY}

    priced = sum(one.provider in both for one in compared)
    unknown = sum(len(names) for provider, names in TABLES.second.without_price.items() if provider in both)

    assert priced > 1000
    assert unknown / (priced + unknown) < 0.05


def test_every_disagreement_about_a_current_model_has_a_verdict() -> None:
    """The page says of each which table is right and why, and no verdict is about nothing."""
    others = [one for one in compare(TABLES) if one.same is Same.OTHER]

    said = [verdict_on(one) for one in others]

    assert [(one.provider, one.model) for one, verdict in zip(others, said, strict=True) if verdict is None] == []
    assert [verdict for verdict in verdicts() if verdict not in said] == []
    assert {verdict.right for verdict in verdicts()} <= {"genai-prices", "litellm", "depends"}
    assert all(one["why"].strip() for one in yaml.safe_load((ROOT / "docs/reference/price_verdicts.yml").read_text()))
