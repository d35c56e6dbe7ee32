"""LiteLLM's table of prices made small: what it says of tokens, by provider and model, per million. Pure.

Left out is what has no price per token or none at all, what makes pictures, films and sound, what runs on one's own
machines, and names with a region in them, which no client sends.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from watchkeeper.model.providers import SELF_HOSTED, provider_named
from watchkeeper.prices.litellm import Listed

_MILLION = Decimal(1_000_000)
_MODES = frozenset({"chat", "completion", "responses", "embedding", "realtime", "audio_transcription", "rerank"})
_ANSWERING = frozenset({"chat", "completion", "responses", "embedding"})
# Modes without an output that anyone pays for.
_INPUT_ONLY = frozenset({"embedding", "rerank"})
_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "reasoning": "output_cost_per_reasoning_token",
    "input_audio": "input_cost_per_audio_token",
    "output_audio": "output_cost_per_audio_token",
    "input_image": "input_cost_per_image_token",
    "output_image": "output_cost_per_image_token",
}
# Where a table writes 0, it is not paid for on its own: it is input like any other.
_NEVER_FREE = ("cached_input", "cache_write", "cache_write_1h", "reasoning")
_TIERS = {"batch": "_batches", "flex": "_flex", "priority": "_priority", "fast": "_fast"}
_STEP = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_REGION = re.compile(r"(?:[a-z]{2}(?:-[a-z]+)+-\d|\d+-month-commitment|eu|us|global|global-standard|\*)/")
# LiteLLM's own names of providers, where others are offers of the same one.
_OFFERS = {
    "azure_text": "azure.ai.openai",
    "codestral": "mistral_ai",
    "fireworks_ai-embedding-models": "fireworks",
    "text-completion-codestral": "mistral_ai",
    "text-completion-openai": "openai",
}
_CONTEXT_SIZES = "search_context_size_medium"


def condense(table: Mapping[str, Any]) -> dict[str, dict[str, Listed]]:
    """Return the prices by provider and model; ``table`` is the JSON of the package with its numbers as Decimal."""
    models: dict[str, dict[str, Listed]] = {}
    for provider, name, entry in _named(table):
        if listed := _listed(entry):
            models.setdefault(provider, {}).setdefault(name, listed)
    return {provider: dict(sorted(models[provider].items())) for provider in sorted(models)}


def without_price(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the models that answer or embed and that the table has no price for, by provider."""
    models: dict[str, list[str]] = {}
    for provider, name, entry in _named(table):
        if entry.get("mode") in _ANSWERING and not _listed(entry):
            models.setdefault(provider, []).append(name)
    return {provider: sorted(models[provider]) for provider in sorted(models)}


def _named(table: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Provider and model of each entry that clients may mean."""
    for key, entry in table.items():
        offer = str(entry.get("litellm_provider") or "")
        provider, name = _provider(offer), _name(key, offer)
        if provider and name and provider not in SELF_HOSTED:
            yield provider, name, entry


def _provider(offer: str) -> str:
    if offer.startswith("vertex_ai-"):
        offer = "vertex_ai"
    return _OFFERS.get(offer) or provider_named(offer)


def _name(key: str, offer: str) -> str:
    """The model as clients name it; empty where a region is in its path."""
    name = key.lower()
    for prefix in (f"{offer.partition('-')[0]}/", "bedrock/", "text-completion-codestral/", "codestral/"):
        name = name.removeprefix(prefix)
    return "" if _REGION.match(name) else name


def _listed(entry: Mapping[str, Any]) -> Listed | None:
    """What is known of a model; None without a price per token."""
    if entry.get("mode") not in _MODES:
        return None
    ranges = entry.get("tiered_pricing")
    if isinstance(ranges, list) and ranges and "range" in ranges[0]:
        entry = {**entry, **_in_steps(ranges)}
    prices = _prices(entry, "")
    if not prices or not (prices["input"] or prices["output"]):
        return None
    return Listed(
        **prices,
        web_search=_web_search(entry),
        window=_count(entry.get("max_input_tokens")),
        retired=_day(entry.get("deprecation_date")),
        varies="off_peak_pricing" in entry,
        steps=_steps(entry, ""),
        tiers={tier: listed for tier, suffix in _TIERS.items() if (listed := _tier(entry, suffix))},
    )


def _tier(entry: Mapping[str, Any], suffix: str) -> Listed | None:
    prices = _prices(entry, suffix)
    return Listed(**prices, web_search=_web_search(entry), steps=_steps(entry, suffix)) if prices else None


def _steps(entry: Mapping[str, Any], suffix: str) -> dict[str, Listed]:
    """The prices beyond each size of the input that has its own."""
    sizes = sorted({int(found[1]) for name in entry if (found := _STEP.match(name))})
    priced = ((size, _prices(entry, f"_above_{size}k_tokens{suffix}")) for size in sizes)
    web_search = _web_search(entry)
    return {str(size * 1000): Listed(**prices, web_search=web_search) for size, prices in priced if prices}


def _prices(entry: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """The prices per million tokens whose names end so; empty unless those of input and output are among them."""
    prices = {kind: _amount(entry.get(name + suffix)) for kind, name in _FIELDS.items()}
    if prices["output"] is None and entry.get("mode") in _INPUT_ONLY:
        prices["output"] = Decimal(0)
    if prices["input"] is None or prices["output"] is None:
        return {}
    return {
        kind: amount for kind, amount in prices.items() if amount is not None and (amount or kind not in _NEVER_FREE)
    }


def _amount(per_token: object) -> Decimal | None:
    if not isinstance(per_token, Decimal | int) or isinstance(per_token, bool) or per_token < 0:
        return None
    return Decimal(f"{(per_token * _MILLION).normalize():f}")


def _in_steps(ranges: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Prices by ranges of the input as LiteLLM writes them for other models."""
    steps = {name: amount for name, amount in ranges[0].items() if name != "range"}
    for one in ranges[1:]:
        size = int(one["range"][0]) // 1000
        steps |= {f"{name}_above_{size}k_tokens": amount for name, amount in one.items() if name != "range"}
    return steps


def _web_search(entry: Mapping[str, Any]) -> Decimal | None:
    """What a web search costs, with the amount of context that providers take where none is asked for."""
    amount = (entry.get("search_context_cost_per_query") or {}).get(_CONTEXT_SIZES)
    return amount if isinstance(amount, Decimal) and amount > 0 else None


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | Decimal) and value > 0 else None


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def as_lines(models: Mapping[str, Mapping[str, Listed]]) -> Iterator[str]:
    """The models as JSON, one in a line, so that a difference between two tables can be read."""
    encode = msgspec.json.Encoder(decimal_format="number").encode
    for place, (provider, listed) in enumerate(models.items()):
        yield f"{',' * bool(place)}\n{encode(provider).decode()}:{{"
        lines = (f"{encode(name).decode()}:{encode(one).decode()}" for name, one in listed.items())
        yield "\n" + ",\n".join(lines) + "}"
