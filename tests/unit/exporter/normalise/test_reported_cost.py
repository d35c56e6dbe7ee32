from decimal import Decimal
from typing import Any

import pytest
from tests.support.dialect_calls import call_of

from watchkeeper.exporter.normalise.reported_cost import reported_cost
from watchkeeper.exporter.normalise.usage_object import read_cost
from watchkeeper.exporter.normalise.vercel_metadata import read_provider_metadata
from watchkeeper.model import ForeignCost

BREAKDOWN = {"gen_ai.cost.input_cost": 0, "gen_ai.cost.output_cost": "0.0"}


@pytest.mark.parametrize(
    ("attributes", "usd"),
    [
        pytest.param({}, None, id="nothing is reported"),
        pytest.param({"gen_ai.usage.cost": "0.25"}, "0.25", id="dollars"),
        pytest.param({"gen_ai.usage.cost": 0}, None, id="a zero alone is unknown"),
        pytest.param({"gen_ai.usage.cost": 0.0, **BREAKDOWN}, "0", id="a zero whose parts are zero"),
        pytest.param({"gen_ai.usage.cost": 0, "gen_ai.cost.input_cost": 0}, None, id="a zero with half of its parts"),
        pytest.param({"gen_ai.cost.total_cost": 0, "metadata.cache_hit": "True"}, "0", id="a hit of a cache"),
        pytest.param({"gen_ai.cost.total_cost": 0, "metadata.cache_hit": "False"}, None, id="a miss of a cache"),
        pytest.param({"gen_ai.usage.cost.amount": 2, "gen_ai.usage.cost.currency": "usd"}, "2", id="in dollars"),
        pytest.param(
            {"gen_ai.usage.cost": 0, "gen_ai.usage.cost_details.upstream_inference_cost": 0.5}, "0.5", id="own key"
        ),
        pytest.param(
            {
                "gen_ai.usage.cost": 0.1,
                "gen_ai.usage.is_byok": True,
                "gen_ai.usage.cost_details.upstream_inference_cost": 0.5,
            },
            "0.6",
            id="own key, and the gateway's fee",
        ),
        pytest.param(
            {"gen_ai.usage.cost": 0.5, "gen_ai.usage.cost_details.upstream_inference_cost": 0.5},
            "0.5",
            id="the gateway's own key: its cost has the provider's",
        ),
    ],
)
def test_dollars(attributes: dict[str, Any], usd: str | None) -> None:
    """A zero counts with evidence, and a key of one's own has the provider's cost."""
    reported = reported_cost(attributes).usd

    assert reported == (None if usd is None else Decimal(usd))


@pytest.mark.parametrize("currency", ["EUR", "eur", "CNY"])
def test_another_currency_is_no_dollars(currency: str) -> None:
    """The amount is kept, and added to nothing."""
    reported = reported_cost({"gen_ai.usage.cost.amount": 0.9, "gen_ai.usage.cost.currency": currency})

    assert reported.usd is None
    assert reported.foreign == ForeignCost(amount=Decimal("0.9"), currency=currency.upper())


@pytest.mark.parametrize(
    ("details", "usd"),
    [
        ('{"input": 0.1, "output": 0.2}', "0.3"),
        ('{"input": 0.1, "output": 0.2, "total": 0.4}', "0.4"),
        ('{"total": 0, "is_byok": true, "upstream_inference_cost": 0.5}', "0.5"),
    ],
)
def test_an_object_of_costs(details: str, usd: str) -> None:
    """Its total, or the sum of its parts, with what the provider bills beside it."""
    assert read_cost(details) == Decimal(usd)


@pytest.mark.parametrize(
    "usage",
    [
        '{"cost": 0, "is_byok": true, "cost_details": {"upstream_inference_cost": 0.0012}}',
        '{"cost": 0, "isByok": true, "costDetails": {"upstreamInferenceCost": 0.0012}}',
    ],
)
def test_a_key_of_ones_own_at_openrouter(usage: str) -> None:
    """Vercel's AI SDK passes on what OpenRouter says of the provider's cost."""
    assert read_provider_metadata(f'{{"openrouter": {{"usage": {usage}}}}}').cost_usd == "0.0012"


@pytest.mark.parametrize(
    ("details", "usd"),
    [
        ('{"input": 0, "output": 0, "total": 0}', 0),
        ('{"total": 0}', None),
    ],
)
def test_langfuses_zero(details: str, usd: int | None) -> None:
    """Its wrappers send a zero for what they do not know; with its parts, someone knew."""
    call = call_of("langfuse", "gpt-4o", "openai", langfuse__observation__cost_details=details)

    assert call.reported_cost_usd == usd
