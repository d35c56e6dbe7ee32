"""Who answers at an address: providers that offer OpenAI's interface, and what serves models on one's own machines."""

import re
from ipaddress import ip_address

# Ends of the names of hosts.
_HOSTS = {
    "openrouter.ai": "openrouter",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "x_ai",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.moonshot.ai": "moonshot_ai",
    "api.moonshot.cn": "moonshot_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "openai.azure.com": "azure.ai.openai",
}
# The ports that these listen on unless they are told otherwise; on LiteLLM's, a gateway asks others.
_PORTS = {"11434": "ollama", "1234": "lm_studio", "30000": "sglang", "4000": ""}
# What the hosts of these are called, in compose files and clusters.
_RUNTIMES = {
    "ollama": "ollama",
    "vllm": "vllm",
    "sglang": "sglang",
    "tgi": "tgi",
    "llamacpp": "llama_cpp",
    "llama-cpp": "llama_cpp",
    "lmstudio": "lm_studio",
    "localai": "localai",
}
_HOST = re.compile(r"(?:\w+://)?(?:[^@/]*@)?(\[[0-9a-fA-F:.]+\]|[^/:?#]+)(?::(\d+))?")
_THIS_MACHINE = ("localhost", "host.docker.internal")
# Models that only their makers serve: at an address of one's own, a gateway asks them.
_HOSTED_ONLY = re.compile(
    r"(.*/)?(gpt-(?!oss|j\b|neo|2\b)|chatgpt|o[134](-|$)|text-embedding-(3|ada)|omni-moderation|whisper-1|tts-1|dall-e"
    r"|claude|gemini-|grok-[3-9]|([a-z]{2,4}\.)?anthropic\.|([a-z]{2,4}\.)?amazon\.)",
    re.IGNORECASE,
)


def provider_at(address: str, port: str, model: str) -> str:
    """The provider at an address (a host or a URL); "" where it says nothing that the client does not say."""
    place = _HOST.match(address)
    if place is None:
        return ""
    host, port = place[1].strip("[]").lower(), place[2] or port
    known = next((name for end, name in _HOSTS.items() if host == end or host.endswith(("." + end, "-" + end))), "")
    if known or (model and _HOSTED_ONLY.match(model)):
        return known
    runtime = next((name for word, name in _RUNTIMES.items() if word in host.partition(".")[0]), "")
    if not runtime and _is_this_machine(host):
        runtime = _PORTS.get(port, "self_hosted")
    return runtime or ("ollama" if _PORTS.get(port) == "ollama" else "")


def _is_this_machine(host: str) -> bool:
    try:
        at = ip_address(host)
    except ValueError:
        return host in _THIS_MACHINE or host.endswith(".localhost")
    return at.is_loopback or at.is_unspecified
