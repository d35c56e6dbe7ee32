"""GitHub Copilot's spans: what a call is billed, and when it began to answer."""

from decimal import Decimal

import pytest
from tests.support.facts import make_context, make_span

from watchkeeper.exporter.normalise import copilot
from watchkeeper.model import AttributeValue, LlmCall

CHAT: dict[str, AttributeValue] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "github",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 6000,
    "gen_ai.usage.cache_read.input_tokens": 4000,
    "gen_ai.usage.output_tokens": 150,
    "github.copilot.cost": 1.0,
}


def call_of(**attributes: AttributeValue) -> LlmCall:
    """The call that a span of a chat stands for; dots are underlines twice."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    (call,) = copilot.read(make_span(attributes={**CHAT, **named}), make_context())
    assert isinstance(call, LlmCall)
    return call


@pytest.mark.parametrize(
    ("billed", "usd"),
    [
        pytest.param({"github__copilot__nano_aiu": 1_150_000_000}, Decimal("0.0115"), id="the CLI"),
        pytest.param(
            {"copilot_chat__copilot_usage_nano_aiu": 123_000_000_000}, Decimal("1.23"), id="VS Code, more than a dollar"
        ),
        pytest.param({"github__copilot__nano_aiu": "1e9"}, Decimal("0.01"), id="as text"),
        pytest.param({"github__copilot__nano_aiu": 0}, None, id="a model of one's own"),
        pytest.param({"github__copilot__nano_aiu": -5}, None, id="no amount"),
        pytest.param({}, None, id="a count of requests alone"),
    ],
)
def test_a_call_costs_what_its_credits_do(billed: dict[str, AttributeValue], usd: Decimal | None) -> None:
    """A credit is a cent, and the list's price; what has none is priced by its tokens."""
    call = call_of(**billed)

    assert call.reported_cost_usd == usd
    assert call.is_list_price is (usd is not None)


def test_the_input_has_all_its_parts() -> None:
    """What was cached is inside of it, whoever's the model is."""
    assert call_of(gen_ai__request__model="claude-sonnet-4-5").usage.input == 6000


def test_when_it_began_to_answer() -> None:
    """In seconds where the conventions' name is there, else in milliseconds."""
    both = call_of(copilot_chat__time_to_first_token=450, gen_ai__response__time_to_first_chunk=0.4)

    assert both.time_to_first_token_seconds == 0.4
    assert call_of(copilot_chat__time_to_first_token=450).time_to_first_token_seconds == 0.45
