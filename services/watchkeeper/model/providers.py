"""Names of providers: one for each, in the spelling of OpenTelemetry's conventions, whatever a library calls it."""

from functools import lru_cache

# The conventions' name, and what libraries, gateways and price tables write in its place.
_SPELLINGS = {
    "aws.bedrock": ("aws", "bedrock", "aws_bedrock", "amazon_bedrock", "amazon-bedrock", "bedrock_converse"),
    "azure.ai.openai": ("azure", "az.ai.openai", "azure.openai", "azure_openai", "azure-openai"),
    "azure.ai.inference": ("az.ai.inference", "azure_ai", "azure-ai", "azure_ai_inference"),
    "gcp.gemini": (
        "google",
        "gemini",
        "google_genai",
        "google-genai",
        "google_ai_studio",
        "google.generative-ai",
        "googleai",
    ),
    "gcp.vertex_ai": (
        "vertexai",
        "vertex_ai",
        "vertex-ai",
        "google_vertexai",
        "google-vertex",
        "google.vertex",
        "vertex",
    ),
    "ibm.watsonx.ai": ("watsonx", "ibm_watsonx", "watsonx.ai"),
    "mistral_ai": ("mistral", "mistralai", "mistral-ai"),
    "moonshot_ai": ("moonshot", "moonshotai"),
    "x_ai": ("xai", "x-ai", "x.ai"),
    "fireworks": ("fireworks_ai", "fireworks-ai", "fireworks.ai"),
    "together": ("together_ai", "togetherai", "together.ai"),
    "huggingface": ("hugging_face", "huggingface_hub"),
    "cohere": ("cohere_chat",),
}
_NAME_OF = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
# Frameworks, and SDKs of several providers' models, in the place of a provider: the name of the model says more.
_NO_PROVIDERS = frozenset(
    {
        "agno",
        "autogen",
        "crewai",
        "gcp.gen_ai",
        "gcp.vertex.agent",
        "haystack",
        "langchain",
        "langgraph",
        "llama_index",
        "llamaindex",
        "microsoft.agent_framework",
        "pydantic_ai",
        "semantic_kernel",
        "spring_ai",
        "strands-agents",
        "traceloop",
    }
)


# The interface of a provider, as Vercel's AI SDK writes it behind the name and those who build on it pass it on.
_INTERFACES = frozenset({"chat", "completion", "embedding", "image", "messages", "responses"})


@lru_cache(maxsize=1024)
def provider_named(reported: str) -> str:
    """The provider's one name; empty for what is none, and as reported, in lower case, for one not known here."""
    name, _, interface = reported.lower().rpartition(".")
    if interface not in _INTERFACES:
        name = reported.lower()
    return "" if name in _NO_PROVIDERS else _NAME_OF.get(name, name)
