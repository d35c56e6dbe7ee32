"""Our fast way to the table's prices against the library's own calculation."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo
from genai_prices.types import Usage as TableUsage
from tests.support.facts import make_call, make_context

from watchkeeper.model import Usage
from watchkeeper.prices import genai
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.tables import shipped_tables

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
USAGES = (
    Usage(input=0, output=0),
    Usage(input=1, output=1),
    Usage(input=1047, output=7, cached_input=1024),
    Usage(input=1320, output=40, cached_input=1024, cache_write=256),
    Usage(input=500, output=300, reasoning=128),
    Usage(input=210_000, output=9_000, cached_input=150_000, cache_write=20_000, reasoning=4_000),
    Usage(input=1_500_000, output=70_000),
    *(Usage(input=step + more, output=900, cached_input=20) for step in (32_000, 128_000, 200_000) for more in (0, 1)),
)


def find(provider: str, model: str) -> ModelInfo:
    """The table's entry of a model that must be there."""
    info = genai.shipped().find_model(provider, model)
    assert info is not None
    return info


def all_models() -> list[tuple[str, str]]:
    """Provider and model id of every entry that has a price per token."""
    return [
        (provider.id, model.id)
        for provider in get_snapshot().providers
        for model in provider.models
        if genai.shipped().find_model(provider.id, model.id)
    ]


def library_price(provider: str, model: str, usage: Usage) -> Decimal:
    """What the library itself calculates."""
    reported = TableUsage(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        output_reasoning_tokens=usage.reasoning,
    )
    return find(provider, model).get_prices(NOON).calc_price(reported)["total_price"]


def test_the_table_is_not_empty() -> None:
    """The comparison below means something: it runs over hundreds of models."""
    assert len(all_models()) > 300


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_the_fast_way_equals_the_librarys_own_calculation(usage: Usage) -> None:
    """For every model of the table our price is the library's, to the last digit."""
    book = PriceBook()
    different = []

    for provider, model in all_models():
        call = book.price(make_call(context=make_context(provider=provider, model=model), usage=usage))
        expected = library_price(provider, model, usage)
        if call.cost is not None and call.cost.source == shipped_tables().source and usage.cached_input:
            continue  # what cached input costs is of the other table
        if call.cost is None or call.cost.usd != expected:
            different.append((provider, model, call.cost and call.cost.usd, expected))

    assert different == []


def test_most_models_take_the_fast_way() -> None:
    """Rates by size are the rule, and models whose rates depend on more are left to the library."""
    rates = [genai.shipped().rates_by_size(provider, model, NOON.date()) for provider, model in all_models()]

    assert sum(rate is not None for rate in rates) > len(rates) * 0.9
    assert any(rate and rate.steps for rate in rates)
    assert None in rates


def test_a_tiered_model_costs_more_per_token_beyond_its_step() -> None:
    """A long prompt of a tiered model is priced by its size."""
    short, long = Usage(input=100_000, output=0), Usage(input=400_000, output=0)
    context = make_context(provider="google", model="gemini-2.5-pro")
    book = PriceBook()

    prices = [book.price(make_call(context=context, usage=usage)).cost for usage in (short, long)]

    assert prices[0] is not None
    assert prices[1] is not None
    assert prices[1].usd > 4 * prices[0].usd


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4o-mini", 128_000), ("claude-sonnet-4-5", 200_000), ("x", None)])
def test_a_context_window_is_known_or_not(model: str, tokens: int | None) -> None:
    """The table says how much a model can read at once; about models it does not know it says nothing."""
    assert shipped_tables().context_window("", model) == tokens


def test_an_unknown_model_has_no_rates() -> None:
    """No one's price is taken for a model that no one knows."""
    with pytest.raises(LookupError):
        genai.shipped().rates_by_size("openai", "nobody-knows", NOON.date())


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o-mini", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("gemini-2.5-pro", "gcp.gemini"),
        ("mistral-large-latest", "mistral_ai"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws.bedrock"),
        ("amazon.titan-embed-text-v2:0", "aws.bedrock"),
        ("nobody-knows", ""),
        ("", ""),
    ],
)
def test_a_models_name_reports_its_provider(model: str, provider: str) -> None:
    """The provider comes out in OpenTelemetry's spelling, or not at all."""
    assert genai.shipped().infer_provider(model) == provider


def test_a_price_has_the_day_it_came_into_force() -> None:
    """A model with dated prices reports since when its present price is valid, others the day of the table."""
    dated = [genai.shipped().price_date(find(provider, model), NOON) for provider, model in all_models()]

    assert genai.SHIPPED in dated
    assert any(day < genai.SHIPPED for day in dated)
    assert all(day <= NOON.date() for day in dated)


def test_dated_prices_change_on_their_day() -> None:
    """A call before a price change costs the old price."""
    changed = next(
        (provider, model, day)
        for provider, model in all_models()
        if isinstance(day := genai.shipped().price_date(find(provider, model), NOON), date)
        and day < genai.SHIPPED
        and (rates := genai.shipped().rates_by_size(provider, model, day)) is not None
        and rates != genai.shipped().rates_by_size(provider, model, day - timedelta(days=1))
    )

    provider, model, day = changed
    before = genai.shipped().rates_by_size(provider, model, day - timedelta(days=1))
    after = genai.shipped().rates_by_size(provider, model, day)

    assert before is not None
    assert after is not None
    assert before.rates != after.rates


def test_the_tables_date_is_the_day_of_its_release() -> None:
    """TABLE_DATE is the upload time of the locked genai-prices."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    (package,) = (package for package in lock["package"] if package["name"] == "genai-prices")

    assert str(package["sdist"]["upload-time"]).startswith(genai.SHIPPED.isoformat())
    assert f"genai-prices {package['version']}" == genai.shipped().source
