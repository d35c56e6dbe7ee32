"""Parts of usage that have prices of their own: an hour in the cache, sound, pictures, searches.

Clients report them as attributes, flat or in the provider's own objects; most calls have none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import asdict

from watchkeeper.exporter.normalise.values import Attributes, as_count, first_count
from watchkeeper.model import UsageParts

_U = "gen_ai.usage."
# Where each part is among the attributes of a span; the first is where dialects write it.
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "cache_write_1h": (
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        f"{_U}cache_creation.ephemeral_1h_input_tokens",
        f"{_U}details.ephemeral_1h_input_tokens",
        f"{_U}cache_write_1h.input_tokens",
    ),
    "input_audio": (
        "llm.token_count.prompt_details.audio",
        f"{_U}input_tokens.audio",
        f"{_U}input_audio_tokens",
        f"{_U}details.input_audio_tokens",
        f"{_U}audio.input_tokens",
        f"{_U}input_token_details.audio",
    ),
    "output_audio": (
        "llm.token_count.completion_details.audio",
        f"{_U}output_tokens.audio",
        f"{_U}output_audio_tokens",
        f"{_U}details.output_audio_tokens",
        f"{_U}audio.output_tokens",
        f"{_U}output_token_details.audio",
    ),
    "input_image": (
        "llm.token_count.prompt_details.image",
        f"{_U}input_tokens.image",
        f"{_U}input_image_tokens",
        f"{_U}details.input_image_tokens",
    ),
    "output_image": (
        "llm.token_count.completion_details.image",
        f"{_U}output_tokens.image",
        f"{_U}output_image_tokens",
        f"{_U}details.output_image_tokens",
    ),
    "web_searches": (
        f"{_U}web_searches",
        f"{_U}web_search_requests",
        f"{_U}server_tool_use.web_search_requests",
        f"{_U}details.web_search_requests",
        "anthropic.usage.server_tool_use.web_search_requests",
    ),
    "file_searches": (f"{_U}file_searches", f"{_U}details.file_search_requests"),
}
PART_NAMES = frozenset(name for names in _ATTRIBUTES.values() for name in names)
# Where each part is in a provider's usage object: (objects inside of it, or "" for itself; names).
_OBJECTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cache_write_1h": (
        ("cache_creation", "input_token_details", ""),
        ("ephemeral_1h_input_tokens", "input_ephemeral_1h_input_tokens"),
    ),
    "input_audio": (
        ("prompt_tokens_details", "input_tokens_details", "input_token_details", ""),
        ("audio_tokens", "audio", "input_audio_tokens", "input_audio"),
    ),
    "output_audio": (
        ("completion_tokens_details", "output_tokens_details", "output_token_details", ""),
        ("audio_tokens", "audio", "output_audio_tokens", "output_audio"),
    ),
    "input_image": (
        ("prompt_tokens_details", "input_tokens_details", "input_token_details", ""),
        ("image_tokens", "image", "input_image_tokens", "input_image"),
    ),
    "output_image": (
        ("completion_tokens_details", "output_tokens_details", "output_token_details", ""),
        ("image_tokens", "image", "output_image_tokens", "output_image"),
    ),
    "web_searches": (
        ("", "server_tool_use", "server_side_tool_usage_details"),
        ("web_search_requests", "web_searches", "web_search_calls"),
    ),
    "file_searches": (("", "server_side_tool_usage_details"), ("file_search_requests", "file_search_calls")),
}
_SAYS_NOT_WHERE = ("audio", "image")
# Beside the objects, Gemini counts by modality: [{"modality": "AUDIO", "tokenCount": 5}].
_MODALITIES = {
    "input_audio": (("promptTokensDetails", "prompt_tokens_details"), "AUDIO"),
    "input_image": (("promptTokensDetails", "prompt_tokens_details"), "IMAGE"),
    "output_audio": (("candidatesTokensDetails", "candidates_tokens_details"), "AUDIO"),
    "output_image": (("candidatesTokensDetails", "candidates_tokens_details"), "IMAGE"),
}
_NAMES_IN_OBJECTS = frozenset(
    {name for _, names in _OBJECTS.values() for name in names} | {n for names, _ in _MODALITIES.values() for n in names}
)


def parts_of(attributes: Attributes) -> UsageParts | None:
    """The parts that attributes report; None where there are none, as in most calls."""
    if not _has_any(attributes, PART_NAMES):
        return None
    return _parts({part: first_count(attributes, *names) for part, names in _ATTRIBUTES.items()})


def parts_in(usage: Mapping[str, Any]) -> UsageParts | None:
    """The parts in a provider's own usage object; None where there are none."""
    objects = [usage, *(found for found in usage.values() if isinstance(found, dict))]
    if not any(_has_any(found, _NAMES_IN_OBJECTS) for found in objects):
        return None
    counts = {part: _in_objects(usage, *places) for part, places in _OBJECTS.items()}
    for part, (names, modality) in _MODALITIES.items():
        if not counts[part]:
            counts[part] = _of_modality(next((usage[n] for n in names if isinstance(usage.get(n), list)), ()), modality)
    return _parts(counts)


def parts_as_reported(parts: UsageParts | None) -> Attributes:
    """The parts under names that ``parts_of`` reads."""
    if parts is None:
        return {}
    return {_ATTRIBUTES[part][0]: count for part, count in asdict(parts).items() if count}


def _has_any(found: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Whether something under these names is not 0: most calls name their parts, and have none of them."""
    return any(found[name] for name in names.intersection(found))


def _parts(counts: Mapping[str, int | None]) -> UsageParts | None:
    known = {part: count for part, count in counts.items() if count}
    return UsageParts(**known) if known else None


def _in_objects(usage: Mapping[str, Any], places: Iterable[str], names: tuple[str, ...]) -> int | None:
    """Outside of an object of the input or the output, a name has to say itself which of the two it is about."""
    flat = tuple(name for name in names if not name.startswith(_SAYS_NOT_WHERE))
    objects = ((usage.get(place), names) if place else (usage, flat) for place in places)
    counts = (first_count(found, *known) for found, known in objects if isinstance(found, dict))
    return next((count for count in counts if count), None)


def _of_modality(details: Iterable[Any], modality: str) -> int | None:
    counts = [
        as_count(detail.get("tokenCount", detail.get("token_count"))) or 0
        for detail in details
        if isinstance(detail, dict) and str(detail.get("modality", "")).upper().endswith(modality)
    ]
    return sum(counts) or None
