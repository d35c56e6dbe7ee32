"""A provider has one name, whatever libraries call it."""

import pytest

from watchkeeper.model.providers import provider_named
from watchkeeper.prices import genai


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        ("openai", "openai"),
        ("Anthropic", "anthropic"),
        ("azure", "azure.ai.openai"),
        ("az.ai.openai", "azure.ai.openai"),
        ("AWS", "aws.bedrock"),
        ("bedrock", "aws.bedrock"),
        ("google", "gcp.gemini"),
        ("gemini", "gcp.gemini"),
        ("vertex_ai", "gcp.vertex_ai"),
        ("mistral", "mistral_ai"),
        ("xai", "x_ai"),
        ("googleai", "gcp.gemini"),
        ("openai.chat", "openai"),
        ("azure.responses", "azure.ai.openai"),
        ("my-gateway", "my-gateway"),
        ("", ""),
    ],
)
def test_every_spelling_has_one_name(reported: str, name: str) -> None:
    """The name is that of the conventions; one that no one knows stays as it is."""
    assert provider_named(reported) == name
    assert provider_named(name) == name


@pytest.mark.parametrize("framework", ["langchain", "LangGraph", "strands-agents", "gcp.vertex.agent"])
def test_a_framework_is_no_provider(framework: str) -> None:
    """The model's name reports the provider then."""
    assert provider_named(framework) == ""


def test_the_price_tables_own_names_are_spelled_the_same() -> None:
    """A provider that is inferred from the model is not another one than the one that is reported."""
    models = {"gpt-4o": "openai", "gemini-2.5-flash": "gcp.gemini", "grok-4": "x_ai", "mistral-large": "mistral_ai"}

    assert {model: genai.shipped().infer_provider(model) for model in models} == models


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("azure.ai.openai", "gpt-4o"),
        ("aws.bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("gcp.gemini", "gemini-2.5-flash"),
        ("gcp.vertex_ai", "gemini-2.5-flash"),
        ("mistral_ai", "mistral-large-latest"),
        ("x_ai", "grok-4"),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ],
)
def test_models_have_a_price_under_each_name(provider: str, model: str) -> None:
    """The price table finds a model by the names that are used here."""
    assert genai.shipped().find_model(provider, model) is not None
