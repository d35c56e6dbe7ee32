"""Names of providers and models, from clients that write the one into the other."""

from functools import lru_cache

from watchkeeper.model.providers import provider_named

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
        "hosted_vllm",
        "lm_studio",
        "mistral",
        "llamafile",
        "ollama",
        "ollama_chat",
        "openai",
        "perplexity",
        "together_ai",
        "vertex_ai",
        "vllm",
        "xai",
    }
)
# Models that are asked for vectors, documents or sound, and whose name belongs to one provider alone.
_FAMILIES = (
    ("text-embedding-3-", "openai"),
    ("text-embedding-ada-", "openai"),
    ("omni-moderation-", "openai"),
    ("whisper-", "openai"),
    ("tts-1", "openai"),
    ("dall-e-", "openai"),
    ("embed-english-", "cohere"),
    ("embed-multilingual-", "cohere"),
    ("rerank-english-", "cohere"),
    ("rerank-multilingual-", "cohere"),
    ("gemini-embedding-", "gcp.gemini"),
    ("mistral-embed", "mistral_ai"),
)
# Names of the conventions in which the part behind the dot reports the provider, not its interface.
_DOTTED = ("aws.", "azure.", "gcp.", "ibm.", "x.", "llama.")


@lru_cache(maxsize=1024)
def provider_name(reported: str) -> str:
    """The provider without the interface behind it: ``openai.responses`` is ``openai``."""
    name = reported.lower()
    if name.startswith("google.vertex"):
        return "google-vertex"
    return name if name.startswith(_DOTTED) else name.partition(".")[0]


@lru_cache(maxsize=4096)  # models are few, and looking through the families takes as long as ten questions
def split_model(model: str, provider: str) -> tuple[str, str]:
    """(model, provider) of a model's name that reports its provider, where none or a gateway was reported."""
    prefix, slash, rest = model.partition("/")
    if slash and rest and prefix in _PREFIXES and provider_named(provider) in ("", "gateway", provider_named(prefix)):
        return rest, provider_named(prefix)
    family = next((owner for start, owner in _FAMILIES if model.startswith(start)), "")
    return model, provider or family
