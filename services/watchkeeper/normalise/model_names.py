"""Names of providers and models, from clients that write the one into the other."""

# Routers and frameworks built on LiteLLM write "openai/gpt-4o-mini"; other prefixes belong to the model's name.
_PREFIXES = frozenset(
    {
        "anthropic",
        "azure",
        "azure_ai",
        "bedrock",
        "cerebras",
        "cohere",
        "deepseek",
        "fireworks_ai",
        "gemini",
        "google",
        "groq",
        "mistral",
        "ollama",
        "openai",
        "perplexity",
        "together_ai",
        "vertex_ai",
        "xai",
    }
)
# Names of the conventions in which the part behind the dot tells the provider, not its interface.
_DOTTED = ("aws.", "azure.", "gcp.", "ibm.", "x.")


def provider_name(told: str) -> str:
    """The provider without the interface behind it: ``openai.responses`` is ``openai``."""
    name = told.lower()
    return name if name.startswith(_DOTTED) else name.partition(".")[0]


def split_model(model: str, provider: str) -> tuple[str, str]:
    """(model, provider) of a model's name that begins with its provider, where none or a gateway was told."""
    prefix, slash, rest = model.partition("/")
    if not slash or not rest or prefix not in _PREFIXES or provider not in ("", "gateway", prefix):
        return model, provider
    return rest, prefix
