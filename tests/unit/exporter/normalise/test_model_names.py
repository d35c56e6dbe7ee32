import pytest

from watchkeeper.exporter.normalise.model_names import provider_name, split_model


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ("openai.responses", "openai"),
        ("OpenAI", "openai"),
        ("google.vertex.chat", "google-vertex"),
        ("aws.bedrock", "aws.bedrock"),
        ("azure.ai.openai", "azure.ai.openai"),
        ("gcp.vertex_ai", "gcp.vertex_ai"),
        ("", ""),
    ],
)
def test_an_interface_is_no_part_of_a_provider(fields: str, name: str) -> None:
    """A provider is reported without its interface, but the conventions' dotted names stay whole."""
    assert provider_name(fields) == name


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("openai/gpt-4o", "", ("gpt-4o", "openai")),
        ("openai/gpt-4o", "openai", ("gpt-4o", "openai")),
        ("openai/gpt-4o", "openrouter", ("openai/gpt-4o", "openrouter")),
        ("meta-llama/Llama-3", "", ("meta-llama/Llama-3", "")),
        ("openai/", "", ("openai/", "")),
        ("text-embedding-3-small", "", ("text-embedding-3-small", "openai")),
        ("text-embedding-3-small", "azure", ("text-embedding-3-small", "azure")),
        ("text-embedding-004", "", ("text-embedding-004", "")),
    ],
)
def test_a_model_may_report_its_provider(model: str, provider: str, expected: tuple[str, str]) -> None:
    """A prefix or a family reports the provider where no one else does; nothing is guessed beyond that."""
    assert split_model(model, provider) == expected
