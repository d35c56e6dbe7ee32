"""One form of a model's name, whatever client, gateway or cloud wrote it: for prices, labels and counts alike.

A resource of a cloud becomes the model that it is, and accounts and projects go with the rest; what only routes a
request is left out; the address that was asked says who answered where the client library names itself.
"""

import re
from functools import lru_cache

import msgspec

from watchkeeper.exporter.normalise.addresses import provider_at
from watchkeeper.exporter.normalise.model_names import split_model
from watchkeeper.exporter.normalise.values import Attributes, first_text, text_of
from watchkeeper.model import LlmCall

_ADDRESSES = (
    "server.address",
    "gen_ai.openai.api_base",
    "url.full",
    "http.url",
    "net.peer.name",
    "llm.base_url",
    "metadata.api_base",
    "langfuse.observation.metadata.ls_base_url",
)
_ADDRESS_NAMES = frozenset(_ADDRESSES)
_PORT = "server.port"
# arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0
_ARN = re.compile(r"(?:^|.*/)arn:aws[\w-]*:(?P<service>[\w-]+):[^:]*:[^:]*:(?P<resource>.+)")
_BEDROCK_MODEL = re.compile(r"(?:inference-profile|foundation-model|default-prompt-router)/(.+)")
# projects/p/locations/l/publishers/google/models/gemini-2.5-flash, also behind an address
_PUBLISHED = re.compile(r"(?:^|.*/)publishers/[^/]+/models/([^/:]+)(?::\w+)?")
_VERTEX_RESOURCE = re.compile(r"(?:^|.*/)projects/[^/]+/locations/[^/]+/(.+)")
# OpenRouter's ways to pick who serves a model, or to let it search: the model is the same.
_ROUTED = re.compile(r"(.+):(?:nitro|floor|online|exacto)")
_ROUTER = "openrouter"
# LiteLLM's interfaces and regions of Bedrock, before the model.
_BEDROCK_ROUTE = re.compile(r"(?:(?:converse|invoke|converse_like|[a-z]{2}(?:-[a-z]+)+-\d)/)+(.+)")
# How Ollama names what it runs, and no provider does: deepseek-r1:8b, llama3:latest, gemma3:4b-it-qat.
_OLLAMA_TAG = re.compile(r"[^/]+:(?:latest|e?\d+(?:\.\d+)?[bm](?:-[\w.-]+)?)", re.IGNORECASE)
# Client libraries of these speak to whoever offers the same interface.
_ANYONE = frozenset({"", "openai", "anthropic", "gateway"})


def named(call: LlmCall, attributes: Attributes) -> LlmCall:
    """The call with its models and its provider in their one form; the name as it was sent stays where it differs."""
    context = call.context
    address = port = ""
    if context.provider in _ANYONE and not _ADDRESS_NAMES.isdisjoint(attributes):
        address, port = first_text(attributes, *_ADDRESSES), text_of(attributes, _PORT)
    reported = context.model, context.model_requested, context.provider
    form = _form(*reported, address, port)
    if form == reported:
        return call
    model, requested, provider = form
    changed = msgspec.structs.replace(context, model=model, model_requested=requested, provider=provider)
    sent = context.model or context.model_requested
    return msgspec.structs.replace(call, context=changed, model_sent=sent if sent != (model or requested) else "")


@lru_cache(maxsize=4096)  # models are few
def _form(model: str, requested: str, provider: str, address: str, port: str) -> tuple[str, str, str]:
    model, provider = _one_name(model, provider)
    requested, provider = _one_name(requested, provider)
    name = model or requested
    if provider in _ANYONE and (there := provider_at(address, port, name)):
        if there == _ROUTER and provider:
            model, requested = (_made_by(provider, known) for known in (model, requested))
        provider = there
    if provider in ("", "openai") and _OLLAMA_TAG.fullmatch(name):
        provider = "ollama"
    return model, requested, provider


def _made_by(provider: str, model: str) -> str:
    """The router's name of a model, whose first part a dialect may have taken for its provider."""
    return f"{provider}/{model}" if model and "/" not in model else model


def _one_name(model: str, provider: str) -> tuple[str, str]:
    if not model:
        return model, provider
    model = model.replace("%3A", ":").replace("%2F", "/").replace("%3a", ":").replace("%2f", "/")
    if arn := _ARN.fullmatch(model):
        known = _BEDROCK_MODEL.fullmatch(arn["resource"])
        provider = "aws.bedrock" if arn["service"] == "bedrock" else provider
        return (known[1] if known else arn["resource"]), provider
    if published := _PUBLISHED.fullmatch(model):
        return published[1], provider or "gcp.vertex_ai"
    if resource := _VERTEX_RESOURCE.fullmatch(model):
        return resource[1], provider or "gcp.vertex_ai"
    return _routed(model, provider)


def _routed(model: str, provider: str) -> tuple[str, str]:
    """The model without what routes a request to it."""
    if model.startswith(f"{_ROUTER}/") and model.count("/") > 1:
        model, provider = model.partition("/")[2], _ROUTER
    if not provider:
        model, provider = split_model(model, provider)
    if provider == "aws.bedrock" and (route := _BEDROCK_ROUTE.fullmatch(model)):
        model = route[1]
    while routed := _ROUTED.fullmatch(model):
        model = routed[1]
    for prefix in ("gemini/", "google/", ""):
        if model.startswith(f"{prefix}models/"):
            return model[len(prefix) + len("models/") :], provider or ("gcp.gemini" if prefix else "")
    return model, provider
