"""What holds for every dialect: the names of models and providers have one form, whoever reports them."""

import pytest
from tests.support.dialect_calls import SPELLINGS, call_of

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.model.coding_agents import CODING_AGENTS
from watchkeeper.prices.book import FREE, PriceBook

# These report scores, or what one program does with its own provider: they have tests of their own.
OTHERS = {"pydantic_evals", "vllm", "mcp", *CODING_AGENTS}
ARN = "arn:aws:bedrock:us-east-1:123456789012"
CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
FORMS = {
    "a path of Gemini's API": ("models/gemini-2.5-flash", "gemini-2.5-flash", "gcp.gemini"),
    "a publisher's path": ("publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash", "gcp.vertex_ai"),
    "a path within a project": (
        "projects/p-1/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929",
        "claude-sonnet-4-5@20250929",
        "gcp.vertex_ai",
    ),
    "an inference profile": (f"{ARN}:inference-profile/{CLAUDE}", CLAUDE, "aws.bedrock"),
    "a foundation model": (
        "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-3-haiku-20240307-v1:0",
        "aws.bedrock",
    ),
    "an interface of Bedrock": (f"converse/{CLAUDE}", CLAUDE, "aws.bedrock"),
    "a region of Bedrock": (f"us-east-1/{CLAUDE}", CLAUDE, "aws.bedrock"),
    "a router's fastest": ("deepseek/deepseek-chat-v3:nitro", "deepseek/deepseek-chat-v3", "openrouter"),
    "a router's cheapest, searching": ("qwen/qwen3-32b:floor:online", "qwen/qwen3-32b", "openrouter"),
}


def test_no_dialect_is_left_out() -> None:
    """A new dialect has its call among them."""
    assert {dialect.name for dialect in DIALECTS} == {*SPELLINGS, *OTHERS}


@pytest.mark.parametrize("dialect", SPELLINGS)
@pytest.mark.parametrize(("sent", "model", "provider"), FORMS.values(), ids=FORMS)
def test_a_model_has_one_name(dialect: str, sent: str, model: str, provider: str) -> None:
    """Labels and prices see the model; the name as it was sent stays beside it."""
    call = call_of(dialect, sent, provider)

    assert call.context.model == model
    assert call.context.provider == provider
    assert call.model_sent == sent


@pytest.mark.parametrize("dialect", SPELLINGS)
def test_no_account_is_in_a_name(dialect: str) -> None:
    """What an account made of a model is known by its own id alone."""
    call = call_of(dialect, f"{ARN}:application-inference-profile/ab12cd34", "aws.bedrock")

    assert call.context.model == "application-inference-profile/ab12cd34"


@pytest.mark.parametrize("dialect", sorted({*SPELLINGS} - {"genkit"}))
def test_the_address_says_who_answered_a_client_of_openai(dialect: str) -> None:
    """The client library names itself; the router has its own prices."""
    for model in ("meta-llama/llama-3.3-70b-instruct", "openai/gpt-4o-mini"):
        priced = PriceBook().price(call_of(dialect, model, "openai", server__address="openrouter.ai"))

        assert (priced.context.model, priced.context.provider) == (model, "openrouter")
        assert priced.cost is not None


@pytest.mark.parametrize("dialect", sorted({*SPELLINGS} - {"genkit"}))
@pytest.mark.parametrize(
    ("model", "provider", "place", "runtime"),
    [
        ("deepseek-r1:8b", "ollama", {}, "ollama"),
        ("deepseek-r1:8b", "openai", {}, "ollama"),
        ("llama3.1:8b-instruct-q4_0", "", {}, "ollama"),
        ("deepseek-chat", "openai", {"server__address": "localhost", "server__port": 11434}, "ollama"),
        ("mistral-large-latest", "openai", {"server__address": "127.0.0.1", "server__port": 8000}, "self_hosted"),
        ("deepseek-r1", "openai", {"server__address": "vllm.models.svc.cluster.local"}, "vllm"),
        ("deepseek-r1", "lmstudio", {}, "lm_studio"),
        ("deepseek-r1", "llama.cpp", {}, "llama_cpp"),
        ("deepseek-r1", "sglang", {}, "sglang"),
        ("deepseek-r1", "tgi", {}, "tgi"),
    ],
)
def test_a_model_on_ones_own_machine_has_no_price(
    dialect: str, model: str, provider: str, place: dict[str, str | int], runtime: str
) -> None:
    """It is not priced by the name that a provider sells it under, and is no gap in the costs."""
    priced = PriceBook().price(call_of(dialect, model, provider, **place))

    assert priced.context.provider == runtime
    assert priced.cost is None
    assert priced.unpriced_reason == "self_hosted"


@pytest.mark.parametrize("dialect", sorted({*SPELLINGS} - {"genkit"}))
def test_a_gateway_on_ones_own_machine_is_none_of_these(dialect: str) -> None:
    """A model that only its maker serves was asked through it, and costs what it costs."""
    priced = PriceBook().price(call_of(dialect, "gpt-4o-mini", "openai", server__address="localhost"))

    assert priced.context.provider == "openai"
    assert priced.cost is not None


@pytest.mark.parametrize("dialect", SPELLINGS)
def test_a_free_model_costs_nothing(dialect: str) -> None:
    """A router's free models are not priced as those that are paid for."""
    priced = PriceBook().price(call_of(dialect, "deepseek/deepseek-r1:free", "openrouter"))

    assert priced.cost is not None
    assert (priced.cost.usd, priced.cost.source) == (0, FREE)


@pytest.mark.parametrize("dialect", SPELLINGS)
@pytest.mark.parametrize(("model", "usd"), [(CLAUDE, "0.0006"), (f"{ARN}:inference-profile/{CLAUDE}", "0.0006")])
def test_the_provider_is_inferred_before_the_price(dialect: str, model: str, usd: str) -> None:
    """A name of Bedrock's has a price where no one reports the provider."""
    priced = PriceBook().price(call_of(dialect, model))

    assert priced.context.provider == "aws.bedrock"
    assert priced.cost is not None
    assert str(priced.cost.usd.normalize()) == usd
