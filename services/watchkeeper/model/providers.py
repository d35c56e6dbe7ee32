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
    "ollama": ("ollama_chat", "ollama-chat", "chatollama"),
    "vllm": ("hosted_vllm", "hosted-vllm", "vllm-openai"),
    "lm_studio": ("lmstudio", "lm-studio"),
    "llama_cpp": ("llama.cpp", "llamacpp", "llama-cpp", "llama_cpp_python", "llama-cpp-python", "llamafile"),
    "tgi": ("text-generation-inference", "text_generation_inference", "huggingface_tgi"),
    "localai": ("local_ai", "local-ai"),
    "self_hosted": ("self-hosted", "selfhosted", "local", "localhost"),
}
# What serves models on one's own machines: its tokens have no price but the one that watchkeeper.yml gives them.
SELF_HOSTED = frozenset(
    {"ollama", "vllm", "lm_studio", "llama_cpp", "tgi", "sglang", "localai", "mlx", "xinference", "self_hosted"}
)
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
# Why a call of one's own machines has no cost; no one waits for it, so it is no gap in the costs.
SELF_HOSTED_REASON = "self_hosted"

# The interface of a provider, as Vercel's AI SDK writes it behind the name and those who build on it pass it on.
_INTERFACES = frozenset({"chat", "completion", "embedding", "image", "messages", "responses"})


@lru_cache(maxsize=1024)
def provider_named(reported: str) -> str:
    """The provider's one name; empty for what is none, and as reported, in lower case, for one not known here."""
    name, _, interface = reported.lower().rpartition(".")
    if interface not in _INTERFACES:
        name = reported.lower()
    return "" if name in _NO_PROVIDERS else _NAME_OF.get(name, name)
